import CKernels
import Threads

/// The products with the weights. The weights are too large for any cache and are read once, in
/// runs of whole lines, into copies that stay in the second-level cache while all images meet them.
extension TrainingFullyConnected {
  /// Copied rows lie this far apart: not a power of two, so that they do not compete for one set of
  /// the first-level cache.
  private static let copyStride = depthAtOnce + 16

  private func blocks(_ images: Int) -> Int {
    (images + kernels.panelWidth - 1) / kernels.panelWidth
  }

  /// Floats of scratch memory that ``multiply(_:_:_:_:images:scratch:pool:)`` needs.
  func panelCount(images: Int) -> Int { blocks(images) * kernels.panelWidth * inputs }

  /// Multiplies the first `images` rows of `input` with the weights into `output`, with bias and
  /// ReLU.
  @unsafe func multiply(
    _ weights: FloatBuffer, _ bias: FloatBuffer, _ input: Matrix, _ output: Matrix, images: Int,
    scratch: FloatBuffer, pool: WorkerPool
  ) {
    unsafe pack(input, images: images, scratch: scratch, pool: pool)
    let rows = outputsAtOnce(tileRows: kernels.tileRows, threads: pool.threads)
    // SAFETY: the caller checked the extents; tasks write disjoint columns of the output.
    unsafe pool.runUnchecked((outputs + rows - 1) / rows) { task in
      unsafe multiply(
        weights, bias, output, rows: task * rows..<min((task + 1) * rows, outputs),
        images: images, scratch: scratch, pool: pool)
    }
  }

  /// Copies the inputs to `scratch` in panels, `[blocks of images][inputs][panel width]`.
  @unsafe private func pack(
    _ input: Matrix, images: Int, scratch: FloatBuffer, pool: WorkerPool
  ) {
    let width = kernels.panelWidth
    let part = 1024
    let parts = (inputs + part - 1) / part
    unsafe pool.runUnchecked(blocks(images) * parts) { task in
      let (block, index) = task.quotientAndRemainder(dividingBy: parts)
      let (start, count) = (index * part, min(part, inputs - index * part))
      let lines = min(width, images - block * width)
      let target = unsafe scratch.base + (block * inputs + start) * width
      if lines < width { unsafe target.update(repeating: 0, count: count * width) }
      unsafe transpose(
        UnsafePointer(input.row(block * width) + start), lines: lines,
        lineStride: input.rowStride, length: count, valueStride: 1, to: target, width)
    }
  }

  /// Some outputs of all images.
  @unsafe private func multiply(
    _ weights: FloatBuffer, _ bias: FloatBuffer, _ output: Matrix, rows: Range<Int>,
    images: Int, scratch: FloatBuffer, pool: WorkerPool
  ) {
    let (width, blocks) = (kernels.panelWidth, blocks(images))
    let sumStride = blocks * width
    let count = rows.count * (Self.copyStride + sumStride)
    unsafe pool.scratch.withValues(of: Float.self, count) { copy in
      let sums = unsafe copy + rows.count * Self.copyStride
      for start in stride(from: 0, to: inputs, by: Self.depthAtOnce) {
        let depth = min(Self.depthAtOnce, inputs - start)
        for (index, row) in rows.enumerated() {
          unsafe (copy + index * Self.copyStride).update(
            from: weights.base + row * inputs + start, count: depth)
        }
        var tile = unsafe f32_gemm()
        unsafe tile.a_row_stride = Self.copyStride
        unsafe tile.outer = 1
        unsafe tile.inner = 1
        unsafe tile.run = depth
        unsafe tile.c_row_stride = sumStride
        unsafe tile.columns = width
        unsafe tile.accumulate = start == 0 ? 0 : 1
        unsafe tile.relu = relu && start + depth == inputs ? 1 : 0
        for block in 0..<blocks {
          unsafe tile.b = UnsafePointer(scratch.base + (block * inputs + start) * width)
          for first in stride(from: 0, to: rows.count, by: kernels.tileRows) {
            unsafe tile.rows = min(kernels.tileRows, rows.count - first)
            unsafe tile.a = UnsafePointer(copy + first * Self.copyStride)
            unsafe tile.c = sums + first * sumStride + block * width
            unsafe tile.row_bias = UnsafePointer(bias.base + rows.lowerBound + first)
            // The rows that the next turn copies come from memory meanwhile.
            let next = unsafe weights.base + (rows.lowerBound + first) * inputs + start + depth
            unsafe tile.next =
              block == 0 && start + 2 * depth <= inputs ? UnsafePointer(next) : nil
            unsafe tile.next_stride = inputs
            unsafe kernels.gemm(&tile)
          }
        }
      }
      unsafe transpose(
        UnsafePointer(sums), lines: rows.count, lineStride: sumStride, length: images,
        valueStride: 1, to: output.row(0) + rows.lowerBound, output.rowStride)
    }
  }

  /// Writes the gradient by the input for the first `images` rows.
  @unsafe func multiplyBack(
    _ weights: FloatBuffer, _ outputGradient: Matrix, _ inputGradient: Matrix, images: Int,
    pool: WorkerPool
  ) {
    let strips = (inputs + Self.inputsAtOnce - 1) / Self.inputsAtOnce
    // SAFETY: the caller checked the extents; tasks write disjoint columns.
    unsafe pool.runUnchecked(strips) { strip in
      let first = strip * Self.inputsAtOnce
      unsafe multiplyBack(
        weights, outputGradient, inputGradient,
        columns: first..<min(first + Self.inputsAtOnce, inputs), images: images, pool: pool)
    }
  }

  /// Some inputs of all images.
  @unsafe private func multiplyBack(
    _ weights: FloatBuffer, _ outputGradient: Matrix, _ inputGradient: Matrix,
    columns: Range<Int>, images: Int, pool: WorkerPool
  ) {
    let width = kernels.panelWidth
    let panels = (columns.count + width - 1) / width
    let panelSize = Self.inputsAtOnce * width
    let tiles = (images + kernels.tileRows - 1) / kernels.tileRows
    unsafe pool.scratch.withValues(of: Float.self, panels * panelSize) { packed in
      // As many outputs at a time as a task has inputs: the kernel's fetching ahead, `run` values
      // a row, then covers what is copied next.
      for start in stride(from: 0, to: outputs, by: Self.inputsAtOnce) {
        let depth = min(Self.inputsAtOnce, outputs - start)
        for row in 0..<depth {
          unsafe copy(
            weights.base + (start + row) * inputs + columns.lowerBound, columns.count,
            to: packed + row * width, width, panelSize)
        }
        var tile = unsafe f32_gemm()
        unsafe tile.a_row_stride = outputGradient.rowStride
        unsafe tile.outer = 1
        unsafe tile.inner = 1
        unsafe tile.run = depth
        unsafe tile.c_row_stride = inputGradient.rowStride
        unsafe tile.accumulate = start == 0 ? 0 : 1
        unsafe tile.next_stride = inputs
        // Each call fetches as many lines as it multiplies values.
        var fetched = start + depth
        for panel in 0..<panels {
          unsafe tile.b = UnsafePointer(packed + panel * panelSize)
          unsafe tile.columns = min(width, columns.count - panel * width)
          for index in 0..<tiles {
            let first = index * images / tiles
            unsafe tile.rows = (index + 1) * images / tiles - first
            unsafe tile.a = UnsafePointer(outputGradient.row(first) + start)
            unsafe tile.c = inputGradient.row(first) + columns.lowerBound + panel * width
            unsafe tile.next = nil
            let end = min(outputs, start + 2 * depth)
            if columns.count == depth && fetched + 16 <= end {
              unsafe tile.next = UnsafePointer(
                weights.base + fetched * inputs + columns.lowerBound)
              // The kernel fetches for whole tiles only.
              if unsafe tile.rows == kernels.tileRows { fetched += 16 }
            }
            unsafe kernels.gemm(&tile)
          }
        }
      }
    }
  }

  /// Copies a part of a row to one row of each panel, with zeros behind the last value.
  @unsafe private func copy(
    _ source: UnsafePointer<Float>, _ count: Int, to target: UnsafeMutablePointer<Float>,
    _ width: Int, _ panelSize: Int
  ) {
    let whole = count / width
    for panel in 0..<whole {
      let from = unsafe UnsafeRawPointer(source + panel * width)
      let to = unsafe UnsafeMutableRawPointer(target + panel * panelSize)
      // A panel is a multiple of 8 floats wide.
      for byte in stride(from: 0, to: width * 4, by: 32) {
        unsafe to.storeBytes(
          of: from.loadUnaligned(fromByteOffset: byte, as: SIMD8<Float>.self), toByteOffset: byte,
          as: SIMD8<Float>.self)
      }
    }
    let rest = count - whole * width
    guard rest > 0 else { return }
    let last = unsafe target + whole * panelSize
    unsafe last.update(from: source + whole * width, count: rest)
    unsafe (last + rest).update(repeating: 0, count: width - rest)
  }
}
