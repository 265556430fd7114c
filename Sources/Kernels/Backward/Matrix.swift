public import Threads

/// Activations of a fully connected layer for a batch: `[images, length]`, one image a row.
///
/// Rows are a little longer than necessary if their values would otherwise be a large power
/// of two apart, and compete for one set of the first-level cache.
public struct Matrix {
  public let rows: Int
  public let columns: Int
  /// Floats from one row to the next.
  let rowStride: Int
  let buffer: FloatBuffer

  public init(rows: Int, columns: Int) {
    precondition(rows > 0 && columns > 0)
    self.rows = rows
    self.columns = columns
    let wholeVectors = (columns + 15) / 16 * 16
    rowStride = wholeVectors % 128 == 0 ? wholeVectors + 16 : wholeVectors
    buffer = FloatBuffer(count: rows * rowStride)
  }

  /// Where a row begins.
  @unsafe func row(_ row: Int) -> UnsafeMutablePointer<Float> {
    unsafe buffer.base + row * rowStride
  }

  /// A copy of one row.
  public func values(row: Int) -> [Float] {
    precondition(row >= 0 && row < rows)
    return buffer.values(row * rowStride..<row * rowStride + columns)
  }

  /// Writes one row.
  public func setValues(_ values: [Float], row: Int) {
    precondition(values.count == columns)
    withMutableRow(row) { span in
      for index in values.indices { span[index] = values[index] }
    }
  }

  /// Calls `body` with one row to write.
  public func withMutableRow<Result, Failure: Error>(
    _ row: Int, _ body: (inout MutableSpan<Float>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    precondition(row >= 0 && row < rows)
    return try buffer.withMutableSpan(row * rowStride..<row * rowStride + columns, body)
  }

  /// Takes the first `images` images of a map in the order channels, rows, columns, which is how
  /// every published AlexNet flattens its last pooling.
  public func setChannelsFirst(_ map: FeatureMap, images: Int, pool: WorkerPool) {
    check(map, images)
    let area = map.height * map.width
    unsafe pool.runUnchecked(images) { image in
      // SAFETY: the extents agree, checked above, and every task writes a row of its own.
      let target = unsafe row(image)
      for y in 0..<map.height {
        for x in 0..<map.width {
          let pixel = unsafe map.pixel(image, y, x)
          for channel in 0..<map.channels {
            unsafe target[channel * area + y * map.width + x] = pixel[channel]
          }
        }
      }
    }
  }

  /// The way back: writes the first `images` rows, each in the order channels, rows, columns, as
  /// images of a map. The map's border stays as it is.
  public func writeChannelsFirst(to map: FeatureMap, images: Int, pool: WorkerPool) {
    check(map, images)
    let area = map.height * map.width
    unsafe pool.runUnchecked(images) { image in
      // SAFETY: as above; every task writes an image of its own.
      let source = unsafe row(image)
      for y in 0..<map.height {
        for x in 0..<map.width {
          let pixel = unsafe map.pixel(image, y, x)
          for channel in 0..<map.channels {
            unsafe pixel[channel] = source[channel * area + y * map.width + x]
          }
        }
      }
    }
  }

  private func check(_ map: FeatureMap, _ images: Int) {
    precondition(images >= 0 && images <= map.images && images <= rows)
    precondition(map.channels * map.height * map.width == columns)
  }
}
