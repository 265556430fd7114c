import ArgumentParser
import Classification
import JSON
import ModelLibrary
import Report
import System

/// Which photo goes into which folder.
struct SortFolders {
  enum Kind: String, CaseIterable, ExpressibleByArgument {
    case `class`
    case group
  }

  /// What a photo shows.
  private struct Answer: Hashable {
    let name: String
    /// What tells it from another class of the same name; nil for a group.
    let mark: String?
  }

  /// The folder of the photos whose answer is not probable enough.
  private static let unsure = "unsure"

  private let kind: Kind
  private let minProbability: Float
  private var photos: [(path: RawPath, answer: Answer?)] = []
  /// Inputs that could be read and have no place all the same.
  var unplaced = 0

  init(by kind: Kind, minProbability: Float) {
    self.kind = kind
    self.minProbability = minProbability
  }

  /// - Parameter groups: the group of each class of the model.
  mutating func add(_ record: Record, groups: [String?]) {
    guard case .answered(_, let predictions) = record.outcome else { return }
    add(record.path, predictions, group: GroupAnswer(predictions, groups: groups))
  }

  private mutating func add(_ path: RawPath, _ predictions: [Prediction], group: GroupAnswer?) {
    let answer: (answer: Answer, probability: Float)?
    switch kind {
    case .class:
      answer = predictions.first.map {
        (Answer(name: $0.label, mark: $0.wnid ?? "class \($0.index)"), $0.probability)
      }
    case .group:
      answer = group.map { (Answer(name: $0.name, mark: nil), $0.probability) }
    }
    photos.append((path, answer.flatMap { $0.probability >= minProbability ? $0.answer : nil }))
  }

  /// The photos with the names of their folders. Two classes of one name get folders of their own.
  func places() -> [(path: RawPath, folder: String)] {
    var answers: [String: Set<Answer>] = [:]
    for case let answer? in photos.map(\.answer) {
      // Some file systems do not tell upper case from lower case.
      answers[FolderName.safe(answer.name).lowercased(), default: []].insert(answer)
    }
    return photos.map { path, answer in
      guard let answer else { return (path, Self.unsure) }
      let name = FolderName.safe(answer.name)
      let isShared = answers[name.lowercased()].map { $0.count > 1 } ?? false
      guard isShared || name.lowercased() == Self.unsure else { return (path, name) }
      return (path, name + " (" + FolderName.safe(answer.mark ?? "group") + ")")
    }
  }
}

// MARK: - Records of an earlier run

extension SortFolders {
  private static let sizeLimit = 1 << 30

  /// Reads the records that `classify --jsonl` wrote.
  ///
  /// - Parameters:
  ///   - isSkipped: asked about each photo that has an answer.
  ///   - onFailure: called with each input that has no answer there.
  mutating func read(
    _ path: RawPath, skipping isSkipped: (RawPath) -> Bool = { _ in false },
    onFailure: (RawPath) -> Void
  ) throws {
    let bytes: [UInt8]
    do throws(SystemError) {
      bytes = try readFile(path, limit: Self.sizeLimit, acceptsFIFO: true)
    } catch {
      throw CommandFailure(ExitStatus(reading: error), error.description)
    }
    let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    for (number, line) in lines.enumerated() {
      // Where a record was replaced, there are spaces.
      if line.allSatisfy({ $0 == UInt8(ascii: " ") }) { continue }
      let json = try? JSONValue.parse(Array(line).span)
      // The last line of a run that goes on may be unfinished.
      if json == nil, number == lines.count - 1, path.lowercasedExtension == "partial" { continue }
      guard let json, let file = RawPath(json, member: "path") else {
        throw CommandFailure(
          .badFile, "\(path.repaired), line \(number + 1): this is no record",
          hint: "records are what 'alexnet classify --jsonl' writes, one on each line")
      }
      guard let list = json["predictions"]?.array, json["archive"] == nil else {
        onFailure(file)
        continue
      }
      if isSkipped(file) { continue }
      let predictions = list.enumerated().compactMap(Self.prediction)
      add(file, predictions, group: Self.group(json, predictions))
    }
  }

  private static func prediction(_ place: Int, _ json: JSONValue) -> Prediction? {
    guard let label = json["label"]?.string, let probability = json["probability"]?.double else {
      return nil
    }
    return Prediction(
      rank: place + 1, index: json["index"]?.integer ?? place, wnid: json["wnid"]?.string,
      label: label, probability: Float(probability))
  }

  /// The group in the record, or else that of the classes that the record has.
  private static func group(_ json: JSONValue, _ predictions: [Prediction]) -> GroupAnswer? {
    if let name = json["group"]?["name"]?.string,
      let probability = json["group"]?["probability"]?.double
    {
      return GroupAnswer(name: name, probability: Float(probability))
    }
    let counted = predictions.enumerated().map { place, one in
      Prediction(
        rank: one.rank, index: place, wnid: one.wnid, label: one.label,
        probability: one.probability)
    }
    return GroupAnswer(
      counted, groups: predictions.map { $0.wnid.flatMap(ClassHierarchy.imageNet.group) })
  }
}

/// Names of classes as names of folders.
enum FolderName {
  /// The most bytes of a name: file systems allow 255, and a number may follow.
  private static let longest = 120

  /// A name that every usual file system accepts, and that leads nowhere else.
  static func safe(_ name: String) -> String {
    let forbidden: Set<Unicode.Scalar> = ["/", "\\", ":", "*", "?", "\"", "<", ">", "|"]
    var text = ""
    for scalar in name.unicodeScalars {
      let isControl = scalar.properties.generalCategory == .control
      let next: Unicode.Scalar = forbidden.contains(scalar) || isControl ? "_" : scalar
      guard text.utf8.count + UTF8.width(next) <= longest else { break }
      text.unicodeScalars.append(next)
    }
    // Hidden folders, and the ends that Windows removes.
    while let first = text.first, first == "." || first.isWhitespace { text.removeFirst() }
    while let last = text.last, last == "." || last.isWhitespace { text.removeLast() }
    return text.isEmpty ? "_" : text
  }
}
