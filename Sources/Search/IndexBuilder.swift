import JSON
public import Kernels
public import System
public import Threads

/// Writes an index: photos of an old one that stay, and new ones.
public final class IndexBuilder {
  private let description: IndexDescription
  private let element: FeatureRows.Element
  private let length: Int
  private let settings: SketchSettings
  private let pool: WorkerPool
  private let old: FeatureIndex?
  private let spool: RowSpool
  private var kept: [(row: Int, photo: IndexedPhoto)] = []
  private var new: [(photo: IndexedPhoto, scale: Float)] = []

  /// - Parameters:
  ///   - old: the index whose photos may stay; it must have rows of the same type and length.
  ///   - path: the folder of this path has room for new rows; nil keeps them in memory.
  public init(
    _ description: IndexDescription, element: FeatureRows.Element, length: Int,
    old: FeatureIndex? = nil, settings: SketchSettings = SketchSettings(),
    spoolBeside path: RawPath?,
    pool: WorkerPool
  ) throws(SystemError) {
    precondition(old == nil || old?.rows.element == element && old?.rows.length == length)
    self.description = description
    self.element = element
    self.length = length
    self.old = old
    self.settings = settings
    self.pool = pool
    spool = try RowSpool(rowSize: length * element.size, beside: path)
  }

  /// How many photos the index will have.
  public var count: Int { kept.count + new.count }

  /// Keeps a photo of the old index.
  ///
  /// - Parameter photo: what the new index knows about it.
  public func keep(row: Int, _ photo: IndexedPhoto) {
    kept.append((row, photo))
  }

  /// Adds a photo.
  ///
  /// - Parameter values: its features, finite.
  public func add(_ photo: IndexedPhoto, values: [Float]) throws(SystemError) {
    precondition(values.count == length)
    // Of length 1, so that float16 holds values of any size.
    let row = FeatureRow(unitVector(values), element)
    try spool.append(row.bytes)
    new.append((photo, row.inverseLength))
  }

  /// Writes the index.
  public func write(to target: any OutputTarget) throws(SystemError) {
    let source = IndexSource(
      element: element, length: length, old: old.map { ($0, kept.map(\.row)) }, spool: spool)
    let table = try SketchTable(source, settings, pool: pool)
    let photos = kept.map(\.photo) + new.map(\.photo)
    let text = Array(description.json.text.utf8)
    let header = IndexHeader(
      element: element, count: photos.count, length: length,
      sketchLength: table.map { $0.directions.count - 1 } ?? 0,
      learnedFrom: table?.learnedFrom ?? 0, descriptionSize: text.count,
      pathsSize: photos.reduce(0) { $0 + $1.path.bytes.count })
    guard let layout = header.layout else {
      preconditionFailure("an index is larger than the address space")
    }
    var output = SectionOutput(target: target)
    try output.write(header.bytes(description: text, fileSize: layout.end), at: 0)
    try output.write(text, at: layout.description.lowerBound)
    try output.writeParts(photos, at: layout.entries) { bytes, photo, pathStart in
      photo.append(to: &bytes, pathStart: pathStart)
      pathStart += photo.path.bytes.count
    }
    try output.writeParts(photos, at: layout.paths) { bytes, photo, _ in bytes += photo.path.bytes }
    let scales =
      kept.map { old?.scale($0.row) ?? 0 } + new.map(\.scale)
    try output.write(scales, at: layout.scales)
    if let table {
      try output.write(table.directions.values, at: layout.directions)
      try output.write(table.values, at: layout.sketches.lowerBound)
      try output.write(table.offsets, at: layout.offsets)
      try output.write(table.steps, at: layout.steps)
      try output.write(table.rests, at: layout.rests)
      try output.write(table.errors, at: layout.errors)
    }
    if !layout.rows.isEmpty { try output.pad(to: layout.rows.lowerBound) }
    try source.forEachBlock { (_, block) throws(SystemError) in try output.write(block) }
    precondition(output.position == layout.end, "an index is not as long as its header says")
  }
}

/// Keeps what is written in memory.
public final class MemoryOutput: OutputTarget {
  public private(set) var bytes: [UInt8] = []

  public init() {}

  public func write(_ part: Span<UInt8>) {
    for index in 0..<part.count { bytes.append(part[index]) }
  }

  public func commit() {}
  public func abandon() { bytes = [] }
}

/// Values divided by the square root of the sum of their squares; zeros stay zeros.
package func unitVector(_ values: [Float]) -> [Float] {
  let squares = values.reduce(into: 0.0) { $0 += Double($1) * Double($1) }
  guard squares > 0 else { return values }
  let scale = 1 / squares.squareRoot()
  return values.map { Float(Double($0) * scale) }
}

/// Writes the sections of a file one after the other, with zeros between them.
private struct SectionOutput {
  let target: any OutputTarget
  private(set) var position = 0

  init(target: any OutputTarget) {
    self.target = target
  }

  mutating func write(_ bytes: Span<UInt8>) throws(SystemError) {
    try target.write(bytes)
    position += bytes.count
  }

  mutating func pad(to start: Int) throws(SystemError) {
    precondition(start >= position)
    try write([UInt8](repeating: 0, count: start - position).span)
  }

  mutating func write(_ bytes: [UInt8], at start: Int) throws(SystemError) {
    if bytes.isEmpty { return }
    try pad(to: start)
    try write(bytes.span)
  }

  mutating func write(_ values: [Float], at range: Range<Int>) throws(SystemError) {
    precondition(range.count == 4 * values.count)
    if values.isEmpty { return }
    var bytes: [UInt8] = []
    bytes.append(littleEndian: values)
    try write(bytes, at: range.lowerBound)
  }

  /// Writes something for each photo, some photos at a time.
  mutating func writeParts(
    _ photos: [IndexedPhoto], at range: Range<Int>,
    _ append: (inout [UInt8], IndexedPhoto, inout Int) -> Void
  ) throws(SystemError) {
    if range.isEmpty { return }
    try pad(to: range.lowerBound)
    var bytes: [UInt8] = []
    var state = 0
    for photo in photos {
      append(&bytes, photo, &state)
      if bytes.count >= 1 << 20 {
        try write(bytes.span)
        bytes.removeAll(keepingCapacity: true)
      }
    }
    try write(bytes.span)
  }
}
