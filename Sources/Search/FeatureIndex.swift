import JSON
public import Kernels
public import System
public import Tensors

/// Features of photos in a file that is mapped into memory, and what is known about the photos.
/// ``IndexHeader`` documents the file.
public final class FeatureIndex: Sendable {
  public let description: IndexDescription
  /// How many photos there are.
  public let count: Int
  /// The features, one row a photo.
  public let rows: FeatureRows
  let header: IndexHeader
  let layout: IndexHeader.Layout
  let storage: Storage
  /// The directions of the sketches; nil if there are none.
  let directions: SketchDirections?

  /// Opens a file.
  public convenience init(_ path: RawPath) throws(IndexError) {
    let mapped: MappedFile
    do {
      mapped = try MappedFile(path)
    } catch {
      throw .unreadable(error)
    }
    // SAFETY: the storage keeps `mapped` alive, and with it the mapping.
    try self.init(unsafe Storage(viewing: mapped.bytes, owner: mapped), path: path.repaired)
  }

  /// Opens the bytes of a file.
  ///
  /// - Parameter path: what errors call the file.
  public init(_ storage: Storage, path: String) throws(IndexError) {
    let (header, layout) = try IndexHeader.read(storage, path: path)
    let json = storage.withBytes(layout.description) { try? JSONValue.parse($0) }
    guard let json, let description = IndexDescription(json: json) else {
      throw .damaged(path: path, problem: "its description cannot be read")
    }
    try Self.checkPaths(storage, header, layout, path: path)
    if header.sketchLength > 0, header.count > 0 {
      directions = SketchDirections(
        storage.floats(
          at: layout.directions.lowerBound, count: (header.sketchLength + 1) * header.length),
        length: header.length)
      guard directions != nil else {
        throw .damaged(path: path, problem: "the directions of its sketches are not orthonormal")
      }
    } else {
      directions = nil
    }
    self.storage = storage
    self.header = header
    self.layout = layout
    self.description = description
    count = header.count
    rows = FeatureRows(
      header.element, count: header.count, length: header.length, in: storage,
      at: layout.rows.lowerBound)
  }

  /// Checks that the paths follow each other without gaps, from the first byte to the last, and
  /// that none is empty.
  private static func checkPaths(
    _ storage: Storage, _ header: IndexHeader, _ layout: IndexHeader.Layout, path: String
  ) throws(IndexError) {
    var end = 0
    for index in 0..<header.count {
      let range = IndexedPhoto.path(
        storage, entryAt: layout.entries.lowerBound + index * IndexHeader.entrySize)
      guard range.lowerBound == end, !range.isEmpty, range.upperBound <= layout.paths.count else {
        throw .damaged(path: path, problem: "the path of photo \(index) is not where it should be")
      }
      end = range.upperBound
    }
    guard end == layout.paths.count else {
      throw .damaged(path: path, problem: "there are more paths than photos")
    }
  }

  /// What is known about a photo.
  public func photo(_ row: Int) -> IndexedPhoto {
    precondition(row >= 0 && row < count)
    return IndexedPhoto(
      storage, entryAt: layout.entries.lowerBound + row * IndexHeader.entrySize,
      paths: layout.paths)
  }

  /// The path of a photo.
  public func path(_ row: Int) -> RawPath {
    precondition(row >= 0 && row < count)
    let start = layout.entries.lowerBound + row * IndexHeader.entrySize
    let range = IndexedPhoto.path(storage, entryAt: start)
    let first = layout.paths.lowerBound + range.lowerBound
    return RawPath(storage.bytes(first..<first + range.count))
  }

  /// One divided by the length of a row.
  func scale(_ row: Int) -> Float { storage.float(at: layout.scales.lowerBound + 4 * row) }

  /// The sketch of a row; there must be sketches.
  func sketch(_ row: Int) -> Sketch {
    let first = layout.sketches.lowerBound + row * header.sketchLength
    return Sketch(
      values: storage.bytes(first..<first + header.sketchLength).map { Int8(bitPattern: $0) },
      offset: storage.float(at: layout.offsets.lowerBound + 4 * row),
      step: storage.float(at: layout.steps.lowerBound + 4 * row),
      rest: storage.float(at: layout.rests.lowerBound + 4 * row),
      error: storage.float(at: layout.errors.lowerBound + 4 * row))
  }

  /// Rows that give upper bounds of similarities: the sketches, or else the rows.
  func boundedRows(_ kernels: InstructionSet) -> BoundedRows {
    guard directions != nil else {
      return BoundedRows(rows, .init(scales: layout.scales.lowerBound), kernels: kernels)
    }
    return BoundedRows(
      FeatureRows(
        .int8, count: count, length: header.sketchLength, in: storage,
        at: layout.sketches.lowerBound),
      .init(
        scales: layout.steps.lowerBound,
        sketch: .init(
          offsets: layout.offsets.lowerBound, rests: layout.rests.lowerBound,
          errors: layout.errors.lowerBound)),
      kernels: kernels)
  }
}
