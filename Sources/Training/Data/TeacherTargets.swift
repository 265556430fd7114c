import Classification
import JSON
public import Network
public import System

/// What a teacher, any other classifier, sees in the training photos: for each photo the
/// probabilities of its likeliest classes.
///
/// A model gives them directly, or they are read from JSON Lines as
/// `alexnet classify --jsonl --top N` writes them: objects with `path` and `predictions`, of which
/// each has `probability` and names a class by `wnid` or `label`, or by `index` into the list of
/// classes.
public struct TeacherTargets: Sendable {
  /// What the teacher sees in a photo.
  private struct Entry {
    /// Where its classes and probabilities are.
    let range: Range<Int>
    /// What all classes that it does not name have together.
    let rest: Double
    /// What each of them has at most: no class that is left out is likelier than one that is named.
    let most: Double
  }

  private var places: [RawPath: Entry] = [:]
  private var classes: [Int32] = []
  private var probabilities: [Float] = []
  let classCount: Int
  /// Where the teacher is a model: by output, the class that is trained; nil for other classes.
  var outputClasses: [Int?] = []
  /// Predictions of classes that are not trained.
  public private(set) var unknownPredictions = 0

  /// The number of photos that the teacher saw.
  public var count: Int { places.count }

  /// A teacher that has seen nothing yet.
  init(classCount: Int) { self.classCount = classCount }

  /// Adds what the teacher sees in a photo.
  ///
  /// - Parameter rest: what the classes that are not in `predictions` have together.
  mutating func add(
    _ path: RawPath, _ predictions: [(index: Int, probability: Float)], rest: Double
  ) {
    let start = classes.count
    for prediction in predictions {
      classes.append(Int32(prediction.index))
      probabilities.append(prediction.probability)
    }
    places[path] = Entry(range: start..<classes.count, rest: rest, most: 1)
  }

  /// - Parameter labels: the classes that are trained.
  /// - Throws: ``TrainingDataError``, for a bad line with its number.
  public init(_ file: RawPath, classes labels: [ClassLabel]) throws(TrainingDataError) {
    classCount = labels.count
    let table = ClassTable(labels)
    let text = try PhotoList.text(of: file)
    let lines = text.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    var placesInFolder: [RawPath: Entry] = [:]
    for (index, line) in lines.enumerated() {
      guard !line.allSatisfy({ $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }) else { continue }
      func bad(_ problem: String) -> TrainingDataError {
        .badLine(file, line: index + 1, problem: problem)
      }
      let object: JSONValue
      do throws(JSONError) {
        object = try JSONValue.parse(line.span)
      } catch {
        throw bad(error.description)
      }
      if let error = object["error"], error != .null { continue }
      let path: RawPath
      do throws(PhotoList.PathProblem) {
        path = try PhotoList.path(object)
      } catch {
        throw bad(error.description)
      }
      guard let predictions = object["predictions"]?.array else {
        throw bad("there are no predictions")
      }
      let start = classes.count
      var (sum, least) = (0.0, 1.0)
      for prediction in predictions {
        guard let probability = prediction["probability"]?.double, probability >= 0,
          probability <= 1
        else { throw bad("a probability is missing, or is not between 0 and 1") }
        sum += probability
        least = min(least, probability)
        guard let index = Self.classIndex(prediction, table) else {
          unknownPredictions += 1
          continue
        }
        classes.append(Int32(index))
        probabilities.append(Float(probability))
      }
      let entry = Entry(range: start..<classes.count, rest: Self.rest(sum), most: least)
      places[path] = entry
      // The path of a photo of a list begins with the folder of the list.
      placesInFolder[file.parent.appending(path.bytes)] = entry
    }
    places.merge(placesInFolder) { asWritten, _ in asWritten }
  }

  private static func classIndex(_ prediction: JSONValue, _ table: ClassTable) -> Int? {
    let (wnid, label) = (prediction["wnid"]?.string, prediction["label"]?.string)
    if wnid != nil || label != nil {
      guard case .one(let index) = table.find(ClassName(wnid: wnid, label: label)) else {
        return nil
      }
      return index
    }
    return prediction["index"]?.integer.flatMap { table.classes.indices.contains($0) ? $0 : nil }
  }

  /// The probabilities of all classes for a photo: `probability ^ (1 / temperature)`, scaled to add
  /// up to 1. What the teacher leaves out is shared out among the classes it does not name.
  ///
  /// - Returns: nil for a photo that the teacher did not see, or saw no class of these in.
  public func probabilities(of path: RawPath, temperature: Double) -> [Float]? {
    guard let entry = places[path], !entry.range.isEmpty else { return nil }
    var values = [Double](repeating: 0, count: classCount)
    for index in entry.range { values[Int(classes[index])] += Double(probabilities[index]) }
    let named = values.count { $0 > 0 }
    if named < classCount {
      let share = min(entry.rest / Double(classCount - named), entry.most)
      for index in values.indices where values[index] == 0 { values[index] = share }
    }
    if temperature != 1 { values = values.map { pow($0, 1 / temperature) } }
    let sum = values.reduce(0, +)
    guard sum > 0 else { return nil }
    return values.map { Float($0 / sum) }
  }

  /// What remains of 1 for the other classes. A difference that rounding explains is none: it would
  /// count at a high temperature.
  private static func rest(_ sum: Double) -> Double { sum < 1 - 1e-6 ? 1 - sum : 0 }

  /// A number that stands for what the teacher sees in these photos, in their order.
  public func contentDigest(for photos: TrainingPhotos) -> UInt64 {
    var digest = UInt64(truncatingIfNeeded: classCount)
    for usable in photos.photos {
      let entry = places[usable.photo.path]
      let range = entry?.range ?? 0..<0
      for number in [
        UInt64(truncatingIfNeeded: range.count), entry?.rest.bitPattern ?? 0,
        entry?.most.bitPattern ?? 0,
      ] {
        digest = RandomStream.mix(digest ^ number)
      }
      for index in range {
        let entry =
          UInt64(UInt32(bitPattern: classes[index])) << 32
          | UInt64(probabilities[index].bitPattern)
        digest = RandomStream.mix(digest ^ entry)
      }
    }
    return digest
  }

  /// Whether the teacher saw the photo.
  public func hasSeen(_ path: RawPath) -> Bool { places[path].map { !$0.range.isEmpty } ?? false }
}

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif
