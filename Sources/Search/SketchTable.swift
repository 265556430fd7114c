import Kernels
import System
import Threads

/// How an index gets sketches.
public struct SketchSettings: Sendable {
  /// Directions of a sketch, the first one included.
  public var directions = 129
  /// An index of fewer photos has no sketches: all of its rows are compared.
  public var leastPhotos = 4096
  /// From how many photos directions are learned, at most.
  public var mostLearnedFrom = 2048
  /// Directions are learned anew when the index has become larger by this factor.
  public var growth = 4

  public init() {}

  /// Whether an index of this size has sketches. A sketch must be much shorter than a row.
  func areUseful(count: Int, length: Int) -> Bool {
    count >= max(leastPhotos, directions) && length >= 4 * directions
  }
}

/// The sketches of all rows of an index that is about to be written.
struct SketchTable {
  let directions: SketchDirections
  /// How many photos there were when the directions were learned.
  let learnedFrom: Int
  private(set) var values: [UInt8] = []
  private(set) var offsets: [Float] = []
  private(set) var steps: [Float] = []
  private(set) var rests: [Float] = []
  private(set) var errors: [Float] = []

  /// The sketches of all rows; nil where the index is to have none.
  init?(
    _ source: IndexSource, _ settings: SketchSettings, pool: WorkerPool
  ) throws(SystemError) {
    let count = source.count
    guard settings.areUseful(count: count, length: source.length) else { return nil }
    var keepsOld = false
    if let old = source.old?.index, let directions = old.directions,
      count / settings.growth < old.header.learnedFrom
    {
      self.directions = directions
      learnedFrom = old.header.learnedFrom
      keepsOld = true
    } else {
      guard
        let learned = try Self.learn(source, settings, pool: pool)
      else { return nil }
      directions = learned
      learnedFrom = count
    }
    values.reserveCapacity(count * (directions.count - 1))
    if keepsOld, let old = source.old {
      for row in old.rows { append(old.index.sketch(row)) }
    }
    let directions = directions
    try source.forEachBlock(newOnly: keepsOld) { (_, block) throws(SystemError) in
      let rows = block.count / source.rowSize
      let units = FloatBuffer(count: rows * source.length)
      for row in 0..<rows { write(source.unitRow(block, row), to: units, row) }
      for sketch in directions.sketches(units, count: rows, pool: pool) { append(sketch) }
    }
  }

  private mutating func append(_ sketch: Sketch) {
    for value in sketch.values { values.append(UInt8(bitPattern: value)) }
    offsets.append(sketch.offset)
    steps.append(sketch.step)
    rests.append(sketch.rest)
    errors.append(sketch.error)
  }

  /// Learns directions from rows that are spread evenly over all.
  private static func learn(
    _ source: IndexSource, _ settings: SketchSettings, pool: WorkerPool
  ) throws(SystemError) -> SketchDirections? {
    let count = source.count
    let samples = min(count, max(settings.mostLearnedFrom, settings.directions))
    let rows = FloatBuffer(count: samples * source.length)
    var sample = 0
    try source.forEachBlock { (first, block) throws(SystemError) in
      let end = first + block.count / source.rowSize
      while sample < samples, sample * count / samples < end {
        write(
          source.unitRow(block, sample * count / samples - first), to: rows, sample)
        sample += 1
      }
    }
    return SketchDirections.learn(
      rows: rows, length: source.length, count: settings.directions, pool: pool)
  }
}

/// Writes row `row` of a matrix.
private func write(_ values: [Float], to matrix: FloatBuffer, _ row: Int) {
  matrix.withMutableSpan(row * values.count..<(row + 1) * values.count) { span in
    for index in values.indices { span[index] = values[index] }
  }
}
