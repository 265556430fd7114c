import Classification
import Report
import System

/// Adds records of earlier runs to a report, with thumbnails of the photos that are still there.
struct RecordedPhotos {
  let report: RunReport
  let part: PageContents.Part
  let options: ClassifierOptions
  let stop: StopFlag

  /// How many records are taken at a time: memory grows with them.
  private static let groupSize = 1024

  /// How many archives' members are kept: memory grows with them.
  private static let archivesKept = 16

  /// By archive, its members.
  private var members: [RawPath: ArchiveIndex] = [:]
  /// The models that the records name; nil for records without one, which failed.
  private(set) var models: Set<String> = []
  /// How many records there were, and how many photos of those classified had no thumbnail.
  private(set) var count = 0
  private(set) var missing = 0

  init(
    _ report: RunReport, _ part: PageContents.Part, _ options: ClassifierOptions, stop: StopFlag
  ) {
    self.report = report
    self.part = part
    self.options = options
    self.stop = stop
  }

  /// - Throws: what ends the command.
  mutating func add(_ lines: RecordLines) throws {
    var group: [Record] = []
    var models: Set<String> = []
    try lines.read { record, model in
      if let model { models.insert(model) }
      group.append(record)
      if group.count == Self.groupSize {
        try add(group)
        group = []
      }
    }
    try add(group)
    self.models.formUnion(models)
  }

  private mutating func add(_ records: [Record]) throws {
    let thumbnails = PhotoThumbnails(options: options, stop: stop)
      .files(of: records.map { input(of: $0) })
    if let signal = stop.signal { throw SilentExit(signal: signal) }
    for (record, thumbnail) in zip(records, thumbnails) {
      try report.add(record, thumbnail: thumbnail, to: part)
      count += 1
      if !record.hasFailed, thumbnail == nil { missing += 1 }
    }
  }

  /// Where the photo of a record is; nil where it is not known, or where the record has failed.
  private mutating func input(of record: Record) -> InputSource.Input? {
    if record.hasFailed { return nil }
    guard let archive = record.archive else {
      return record.path == "-" ? nil : .file(record.path)
    }
    if members[archive] == nil, members.count == Self.archivesKept { members = [:] }
    return members[archive, default: ArchiveIndex(archive)].next(record.path)
  }
}

/// Where the members of an archive are, by their names.
private struct ArchiveIndex {
  let archive: RawPath
  /// By name, its members, and how often they were asked for.
  private var places: [RawPath: (members: [(offset: Int, count: Int)], uses: Int)] = [:]

  /// What can be read of the archive counts.
  init(_ archive: RawPath) {
    self.archive = archive
    guard var reader = try? TarReader(opening: archive) else { return }
    while let member = try? reader.next() {
      if member.kind == .file {
        places[member.name, default: ([], 0)].members.append((member.offset, member.count))
      }
    }
  }

  /// The members of a name in their order, and then from the first one on again.
  mutating func next(_ name: RawPath) -> InputSource.Input? {
    guard let found = places[name] else { return nil }
    places[name]?.uses += 1
    let place = found.members[found.uses % found.members.count]
    return .member(name, of: archive, offset: place.offset, count: place.count)
  }
}
