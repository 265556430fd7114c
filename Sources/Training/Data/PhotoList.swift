import Classification
import Network
import System

/// What a list says: photos with their classes.
struct PhotoList {
  struct Entry: Equatable {
    /// As the list names it.
    let path: RawPath
    let name: ClassName
    let line: Int
    /// Whether the class is what some network took the photo for.
    var isPredicted = false
  }

  let list: RawPath
  private(set) var entries: [Entry] = []
  private(set) var failures: [(path: RawPath, failure: ItemFailure)] = []
  /// The classes that numbers in the list stand for; none where they are not known.
  private let classes: [ClassLabel]
  private var positions: [RawPath: Int] = [:]

  /// The most bytes that a list may have: over two million lines.
  static let sizeLimit = 1 << 28

  init(list: RawPath, classes: [ClassLabel] = []) {
    self.list = list
    self.classes = classes
  }

  /// Adds a photo, once.
  ///
  /// - Throws: where an earlier line gives it another class.
  mutating func add(
    _ path: RawPath, _ name: ClassName, line: Int, isPredicted: Bool = false
  ) throws(TrainingDataError) {
    guard !path.isEmpty else {
      // There is no other name for it.
      let place = list.adding(":\(line)")
      failures.append((place, ItemFailure(.notFound, "this line names no photo")))
      return
    }
    guard !name.key.isEmpty else {
      failures.append(
        (photoPath(path), ItemFailure(.unsupportedFeature, "line \(line) gives it no class")))
      return
    }
    if let earlier = positions.updateValue(entries.count, forKey: path) {
      positions[path] = earlier
      guard entries[earlier].name.key == name.key else {
        throw .badLine(
          list, line: line,
          problem: "'\(path)' has the class '\(name.key)' here and "
            + "'\(entries[earlier].name.key)' on line \(entries[earlier].line)")
      }
      return
    }
    entries.append(Entry(path: path, name: name, line: line, isPredicted: isPredicted))
  }

  /// The class with this number; nil where there is none.
  func className(index: Int) -> ClassName? {
    guard classes.indices.contains(index) else { return nil }
    return ClassName(wnid: classes[index].wnid, label: classes[index].label)
  }

  mutating func fail(_ path: RawPath, code: String, message: String) {
    failures.append(
      (photoPath(path), ItemFailure(ErrorCode(rawValue: code) ?? .internal, message)))
  }

  /// Where a photo is: paths are relative to the folder of the list.
  func photoPath(_ path: RawPath) -> RawPath {
    let slash = list.bytes.lastIndex(of: UInt8(ascii: "/"))
    guard path.bytes.first != UInt8(ascii: "/"), let slash else { return path }
    return RawPath(list.bytes[...slash] + path.bytes)
  }

  /// The bytes of the list, without a byte order mark.
  static func text(of list: RawPath) throws(TrainingDataError) -> ArraySlice<UInt8> {
    do throws(SystemError) {
      return try listText(readFile(list, limit: sizeLimit), of: list)
    } catch {
      throw .unreadable(error)
    }
  }
}
