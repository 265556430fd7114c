import Classification
import Report
import Search
import System

/// The report of a search: each query, and behind it the photos that look like it.
final class SimilarReport {
  private struct Query {
    let record: Record
    let thumbnail: [UInt8]?
    let found: [SimilarPhoto]
  }

  let report: RunReport
  private let paths: IndexPaths
  private let thumbnails: PhotoThumbnails
  private let console: Console
  /// Queries whose photos have no thumbnails yet.
  private var waiting: [Query] = []
  private var waitingPhotos = 0
  private var missing = 0

  /// How many photos get thumbnails at a time: memory grows with them.
  private static let groupSize = 256

  init(
    _ report: RunReport, paths: IndexPaths, thumbnails: PhotoThumbnails, console: Console
  ) {
    self.report = report
    self.paths = paths
    self.thumbnails = thumbnails
    self.console = console
  }

  /// Adds a query.
  func add(
    _ record: InputRecord<[SimilarPhoto]>, thumbnail: [UInt8]?
  ) throws(OutputError) {
    switch record.outcome {
    case .answered(let size, let found):
      let query = Record(
        path: record.path, archive: record.archive, outcome: .answered(size: size, []))
      waiting.append(Query(record: query, thumbnail: thumbnail, found: found))
      waitingPhotos += found.count
    case .failed(let failure):
      let query = Record(
        path: record.path, archive: record.archive, outcome: .failed(failure))
      waiting.append(Query(record: query, thumbnail: nil, found: []))
    }
    if waitingPhotos >= Self.groupSize { try flush() }
  }

  /// Adds what waits.
  func finish() throws(OutputError) {
    try flush()
    if let note = PhotoThumbnails.note(missing: missing) { console.note(note) }
  }

  private func flush() throws(OutputError) {
    let files = waiting.flatMap(\.found).map { paths.file($0.photo.path) }
    var made = thumbnails.files(of: files.map { .file($0) })[...]
    for query in waiting {
      let row = try report.add(query.record, thumbnail: query.thumbnail)
      for photo in query.found {
        let thumbnail = made.popFirst() ?? nil
        if thumbnail == nil { missing += 1 }
        try report.add(
          Record(
            path: paths.file(photo.photo.path),
            outcome: .answered(size: photo.photo.size, [])),
          thumbnail: thumbnail,
          found: FoundPhoto(query: row, rank: photo.rank, similarity: photo.similarity))
      }
    }
    waiting = []
    waitingPhotos = 0
  }
}

/// Finds the photos that look like each query, for another writer and for a report.
struct SearchingWriter: RecordWriter {
  let finder: SimilarPhotosFinder
  var writer: any RecordWriter<[SimilarPhoto]>
  /// Nil where none is wanted.
  let report: SimilarReport?

  var reportsFailures: Bool { writer.reportsFailures }

  mutating func begin() throws(OutputError) { try writer.begin() }

  mutating func write(_ record: InputRecord<Illustrated<[Float]>>) throws(OutputError) {
    let found: InputRecord<[SimilarPhoto]>
    var thumbnail: [UInt8]?
    switch record.outcome {
    case .answered(let size, let answer):
      let hasFile = record.archive == nil && record.path != "-"
      let photos = finder.photos(like: answer.answer, file: hasFile ? record.path : nil)
      found = InputRecord(
        path: record.path, archive: record.archive, outcome: .answered(size: size, photos))
      thumbnail = answer.thumbnail
    case .failed(let failure):
      found = InputRecord(
        path: record.path, archive: record.archive, outcome: .failed(failure))
    }
    try writer.write(found)
    try report?.add(found, thumbnail: thumbnail)
  }

  mutating func finish() throws(OutputError) {
    try writer.finish()
    try report?.finish()
  }
}
