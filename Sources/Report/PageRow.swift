import Classification
import Images
import JSON
import Network
import System

/// Tables of what many rows of a page have in common, so that rows can name it by a number.
struct PageTables {
  private(set) var classes: [ClassLabel] = []
  private var classNumbers: [ClassLabel: Int] = [:]
  private(set) var archives: [RawPath] = []
  private var archiveNumbers: [RawPath: Int] = [:]

  mutating func number(of label: ClassLabel) -> Int {
    if let number = classNumbers[label] { return number }
    classNumbers[label] = classes.count
    classes.append(label)
    return classes.count - 1
  }

  mutating func number(of archive: RawPath) -> Int {
    if let number = archiveNumbers[archive] { return number }
    archiveNumbers[archive] = archives.count
    archives.append(archive)
    return archives.count - 1
  }

  var classesJSON: JSONValue {
    .array(
      classes.map { label in
        .array([.string(label.label)] + (label.wnid.map { [.string($0)] } ?? []))
      })
  }

  var archivesJSON: JSONValue { .array(archives.map { .array($0.pageJSON) }) }
}

/// What a search has found a photo for.
public struct FoundPhoto: Sendable {
  /// The number of the query's row, which is in the same part of the page.
  public var query: Int
  /// 1 for the most similar photo.
  public var rank: Int
  /// -1 to 1.
  public var similarity: Float

  public init(query: Int, rank: Int, similarity: Float) {
    self.query = query
    self.rank = rank
    self.similarity = similarity
  }
}

/// A record in the compact form that the page reads: an array, whose zeros at the end are left out.
///
///     0  the path as text
///     1  the classes, likeliest first: [class, share, class, share, ...], where a class is its
///        number in the table and a share is in units of 1/100000; or, of an input that failed,
///        [code, message]
///     2  width of the photo in pixels
///     3  height
///     4  how many base64 digits its thumbnail has; 0 where there is none
///     5  1 + the number of the archive that it is in; 0 outside of archives
///     6  the bytes of the path as base64, where they are not UTF-8; otherwise 0
///     7  1 + the number of the right class; 0 where that is not known
///     8  of a photo that was found for another one: 1 + the number of the other one's row
///     9  its rank among the photos that were found for it
///     10 how similar they are, in units of 1/10000
public struct PageRow {
  /// Shares are counted in units of this part of 1.
  static let shareUnits: Float = 100_000

  /// Similarities are counted in units of this part of 1.
  static let similarityUnits: Double = 10_000

  let json: JSONValue

  init(
    _ record: Record, thumbnailDigits: Int, truth: ClassLabel?, found: FoundPhoto?,
    tables: inout PageTables
  ) {
    var values: [JSONValue] = [.string(record.path.repaired)]
    switch record.outcome {
    case .answered(let size, let predictions):
      values.append(
        .array(
          predictions.flatMap { prediction -> [JSONValue] in
            let label = ClassLabel(wnid: prediction.wnid, label: prediction.label)
            return [
              .integer(tables.number(of: label)), .integer(Self.share(prediction.probability)),
            ]
          }))
      values += [.integer(size.width), .integer(size.height), .integer(thumbnailDigits)]
    case .failed(let failure):
      values.append(.strings([failure.code.rawValue, failure.message]))
      values += [.integer(0), .integer(0), .integer(thumbnailDigits)]
    }
    values.append(.integer(record.archive.map { 1 + tables.number(of: $0) } ?? 0))
    values.append(record.path.isUTF8 ? .integer(0) : .string(record.path.base64))
    values.append(.integer(truth.map { 1 + tables.number(of: $0) } ?? 0))
    if let found {
      values += [
        .integer(1 + found.query), .integer(found.rank),
        .integer(Int((Double(found.similarity) * Self.similarityUnits).rounded())),
      ]
    }
    while values.last == .integer(0) { values.removeLast() }
    json = .array(values)
  }

  /// A share of 0 to 1 in the units of the page.
  public static func share(_ probability: Float) -> Int {
    guard probability > 0 else { return 0 }
    return Int((min(probability, 1) * shareUnits).rounded())
  }
}

extension RawPath {
  /// The path as text, and its bytes as base64 where they are not UTF-8.
  var pageJSON: [JSONValue] {
    [.string(repaired)] + (isUTF8 ? [] : [.string(base64)])
  }
}
