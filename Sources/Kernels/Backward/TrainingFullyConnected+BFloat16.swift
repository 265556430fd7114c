import CKernels
import Threads

/// The products of a fully connected layer with factors that are rounded to bfloat16 where they are
/// copied for the kernels.
///
/// The kernels read pairs of values of the dimension that is summed over. Where that has an odd
/// length, the last pair's second values are 0.
extension TrainingFullyConnected {
  /// Copied rows lie this far apart: not a power of two, so that they do not compete for one set of
  /// the first-level cache.
  private static let copyStride = depthAtOnce + 32
  /// Rows of a matrix that are rounded for all panels before the next ones, so that the parts of a
  /// row that share a cache line are read together.
  private static let rowsAtOnce = 16

  private var width: Int { kernels.bfloat16PanelWidth }
  private var tileRows: Int { kernels.bfloat16TileRows }

  private func blocks(_ images: Int) -> Int { (images + width - 1) / width }

  /// Multiplies the first `images` rows of `input` with the weights into `output`, with bias and
  /// ReLU.
  @unsafe func multiplyRounded(
    _ weights: FloatBuffer, _ bias: FloatBuffer, _ input: Matrix, _ output: Matrix, images: Int,
    pool: WorkerPool
  ) {
    let rows = outputsAtOnce(tileRows: tileRows, threads: pool.threads)
    // `[blocks of images][pairs of inputs][panel width][2]`
    let count = blocks(images) * 2 * pairs(inputs) * width
    // SAFETY: the caller checked the extents; tasks write disjoint columns of the output.
    unsafe pool.scratch.withValues(of: UInt16.self, count) { panels in
      unsafe pack(input, images: images, to: panels, pool: pool)
      unsafe pool.runUnchecked((outputs + rows - 1) / rows) { task in
        unsafe multiply(
          weights, bias, panels, output, rows: task * rows..<min((task + 1) * rows, outputs),
          images: images, pool: pool)
      }
    }
  }

  @unsafe private func pack(
    _ input: Matrix, images: Int, to panels: UnsafeMutablePointer<UInt16>, pool: WorkerPool
  ) {
    // Even, so that no pair is in two parts.
    let part = 512
    let parts = (inputs + part - 1) / part
    // SAFETY: tasks write disjoint parts of the panels, which hold all images.
    unsafe pool.runUnchecked(blocks(images) * parts) { task in
      let (block, index) = task.quotientAndRemainder(dividingBy: parts)
      let (start, count) = (index * part, min(part, inputs - index * part))
      let lines = min(width, images - block * width)
      unsafe pool.scratch.withValues(of: Float.self, count * width) { columns in
        if lines < width { unsafe columns.update(repeating: 0, count: count * width) }
        unsafe transpose(
          UnsafePointer(input.row(block * width) + start), lines: lines,
          lineStride: input.rowStride, length: count, valueStride: 1, to: columns, width)
        var panel = unsafe bf16_panel()
        unsafe panel.values = UnsafePointer(columns)
        unsafe panel.value_stride = width
        unsafe panel.length = count
        unsafe panel.panel = panels + (block * 2 * pairs(inputs) + start) * width
        unsafe kernels.toPanel(&panel)
      }
    }
  }

  /// Some outputs of all images.
  @unsafe private func multiply(
    _ weights: FloatBuffer, _ bias: FloatBuffer, _ panels: UnsafePointer<UInt16>,
    _ output: Matrix, rows: Range<Int>, images: Int, pool: WorkerPool
  ) {
    let blocks = blocks(images)
    let sumStride = blocks * width
    // SAFETY: copies and sums are as large as the rows and panels that are written to them, and the
    // rows lie inside the weights.
    unsafe pool.scratch.withValues(of: UInt16.self, rows.count * Self.copyStride) { copy in
      unsafe pool.scratch.withValues(of: Float.self, rows.count * sumStride) { sums in
        for start in stride(from: 0, to: inputs, by: Self.depthAtOnce) {
          let depth = min(Self.depthAtOnce, inputs - start)
          for (index, row) in rows.enumerated() {
            unsafe round(
              weights.base + row * inputs + start, depth, to: copy + index * Self.copyStride)
          }
          var tile = unsafe bf16_product()
          unsafe tile.a_row_stride = Self.copyStride
          unsafe tile.pairs = pairs(depth)
          unsafe tile.c_row_stride = sumStride
          unsafe tile.accumulate = start == 0 ? 0 : 1
          unsafe tile.relu = relu && start + depth == inputs ? 1 : 0
          for block in 0..<blocks {
            unsafe tile.b = panels + (block * 2 * pairs(inputs) + start) * width
            for first in stride(from: 0, to: rows.count, by: tileRows) {
              unsafe tile.rows = min(tileRows, rows.count - first)
              unsafe tile.a = UnsafePointer(copy + first * Self.copyStride)
              unsafe tile.c = sums + first * sumStride + block * width
              unsafe tile.bias = UnsafePointer(bias.base + rows.lowerBound + first)
              unsafe kernels.product(&tile)
            }
          }
        }
        unsafe transpose(
          UnsafePointer(sums), lines: rows.count, lineStride: sumStride, length: images,
          valueStride: 1, to: output.row(0) + rows.lowerBound, output.rowStride)
      }
    }
  }

  /// Writes the gradient by the input for the first `images` rows.
  @unsafe func multiplyBackRounded(
    _ weights: FloatBuffer, _ outputGradient: Matrix, _ inputGradient: Matrix, images: Int,
    pool: WorkerPool
  ) {
    let strips = (inputs + Self.inputsAtOnce - 1) / Self.inputsAtOnce
    let stride = 2 * pairs(outputs) + 32
    // SAFETY: the caller checked the extents; tasks write disjoint rows, then disjoint columns.
    unsafe pool.scratch.withValues(of: UInt16.self, images * stride) { gradients in
      unsafe pool.runUnchecked(images) { image in
        unsafe round(outputGradient.row(image), outputs, to: gradients + image * stride)
      }
      unsafe pool.runUnchecked(strips) { strip in
        let first = strip * Self.inputsAtOnce
        unsafe multiplyBack(
          weights, gradients, stride, inputGradient,
          columns: first..<min(first + Self.inputsAtOnce, inputs), images: images, pool: pool)
      }
    }
  }

  /// Some inputs of all images.
  @unsafe private func multiplyBack(
    _ weights: FloatBuffer, _ gradients: UnsafePointer<UInt16>, _ gradientStride: Int,
    _ inputGradient: Matrix, columns: Range<Int>, images: Int, pool: WorkerPool
  ) {
    let whole = columns.count / width
    let rest = columns.count - whole * width
    let panels = rest > 0 ? whole + 1 : whole
    let panelSize = Self.depthAtOnce * width
    let tiles = (images + tileRows - 1) / tileRows
    // SAFETY: the kernel writes whole panels: those that reach past the last column go to `sums`.
    unsafe pool.scratch.withValues(of: UInt16.self, panels * panelSize) { packed in
      unsafe pool.scratch.withValues(of: Float.self, rest > 0 ? images * width : 0) { sums in
        for start in stride(from: 0, to: outputs, by: Self.depthAtOnce) {
          let depth = min(Self.depthAtOnce, outputs - start)
          unsafe pack(
            weights.base + start * inputs + columns.lowerBound, rowStride: inputs, rows: depth,
            columns: columns.count, to: packed, panelSize: panelSize, pool: pool)
          var tile = unsafe bf16_product()
          unsafe tile.a_row_stride = gradientStride
          unsafe tile.pairs = pairs(depth)
          unsafe tile.accumulate = start == 0 ? 0 : 1
          for panel in 0..<panels {
            unsafe tile.b = UnsafePointer(packed + panel * panelSize)
            for index in 0..<tiles {
              let first = index * images / tiles
              unsafe tile.rows = (index + 1) * images / tiles - first
              unsafe tile.a = gradients + first * gradientStride + start
              if panel < whole {
                unsafe tile.c = inputGradient.row(first) + columns.lowerBound + panel * width
                unsafe tile.c_row_stride = inputGradient.rowStride
              } else {
                unsafe tile.c = sums + first * width
                unsafe tile.c_row_stride = width
              }
              unsafe kernels.product(&tile)
            }
          }
        }
        if rest > 0 {
          for image in 0..<images {
            unsafe (inputGradient.row(image) + columns.upperBound - rest).update(
              from: sums + image * width, count: rest)
          }
        }
      }
    }
  }

  /// Takes a step for a part of the weights: see
  /// ``descend(_:weights:velocities:averages:_:outputGradient:images:precision:pool:)``.
  @unsafe func descendRounded(
    _ step: DescentStep, _ weights: FloatBuffer, _ velocities: FloatBuffer,
    _ averages: FloatBuffer?, _ input: Matrix, _ gradient: Matrix, _ images: Int,
    rows: Range<Int>, columns: Range<Int>, pool: WorkerPool
  ) {
    let panels = (columns.count + width - 1) / width
    let rowStride = 2 * pairs(images)
    let (panelSize, tileStride) = (rowStride * width, panels * width)
    let rounded = panels * panelSize + tileRows * rowStride
    let floats = tileRows * (rowStride + tileStride)
    // SAFETY: the caller checked the extents; the memory holds all panels of the inputs and a
    // tile's rows of the output's gradient, then these rows before they are rounded and the tile.
    unsafe pool.scratch.withValues(of: UInt16.self, rounded) { packed in
      unsafe pool.scratch.withValues(of: Float.self, floats) { turned in
        let a = unsafe packed + panels * panelSize
        let tile = unsafe turned + tileRows * rowStride
        unsafe pack(
          input.row(0) + columns.lowerBound, rowStride: input.rowStride, rows: images,
          columns: columns.count, to: packed, panelSize: panelSize, pool: pool)
        // Behind an odd number of images, rows keep a 0.
        unsafe turned.update(repeating: 0, count: tileRows * rowStride)
        for firstRow in stride(from: rows.lowerBound, to: rows.upperBound, by: tileRows) {
          let count = min(tileRows, rows.upperBound - firstRow)
          unsafe transpose(
            UnsafePointer(gradient.row(0) + firstRow), lines: images,
            lineStride: gradient.rowStride, length: count, valueStride: 1, to: turned, rowStride)
          unsafe kernels.round(UnsafePointer(turned), a, count: count * rowStride)
          var product = unsafe bf16_product()
          unsafe product.a = UnsafePointer(a)
          unsafe product.a_row_stride = rowStride
          unsafe product.pairs = pairs(images)
          unsafe product.c_row_stride = tileStride
          unsafe product.rows = count
          for panel in 0..<panels {
            unsafe product.b = UnsafePointer(packed + panel * panelSize)
            unsafe product.c = tile + panel * width
            unsafe kernels.product(&product)
          }
          unsafe descend(
            step, weights, velocities, averages, UnsafePointer(tile), tileStride: tileStride,
            rows: firstRow..<firstRow + count, columns: columns)
        }
      }
    }
  }

  /// Rounds a part of a matrix into panels `[panel][pairs of rows][panel width][2]`, with zeros
  /// behind the last column.
  @unsafe private func pack(
    _ source: UnsafePointer<Float>, rowStride: Int, rows: Int, columns: Int,
    to target: UnsafeMutablePointer<UInt16>, panelSize: Int, pool: WorkerPool
  ) {
    let whole = columns / width
    let rest = columns - whole * width
    let lastCount = rest > 0 ? Self.rowsAtOnce * width : 0
    // SAFETY: the kernel reads whole panels: the last columns, if they are fewer, are copied first.
    unsafe pool.scratch.withValues(of: Float.self, lastCount) { last in
      unsafe last.update(repeating: 0, count: lastCount)
      for first in stride(from: 0, to: rows, by: Self.rowsAtOnce) {
        let count = min(Self.rowsAtOnce, rows - first)
        let values = unsafe source + first * rowStride
        var panel = unsafe bf16_panel()
        unsafe panel.length = count
        unsafe panel.value_stride = rowStride
        for index in 0..<whole {
          unsafe panel.values = values + index * width
          unsafe panel.panel = target + index * panelSize + first * width
          unsafe kernels.toPanel(&panel)
        }
        guard rest > 0 else { continue }
        for row in 0..<count {
          unsafe (last + row * width).update(
            from: values + row * rowStride + whole * width, count: rest)
        }
        unsafe panel.values = UnsafePointer(last)
        unsafe panel.value_stride = width
        unsafe panel.panel = target + whole * panelSize + first * width
        unsafe kernels.toPanel(&panel)
      }
    }
  }

  /// Rounds a row, with a 0 behind it if its length is odd; the row of `target` has room for that.
  @unsafe private func round(
    _ source: UnsafePointer<Float>, _ count: Int, to target: UnsafeMutablePointer<UInt16>
  ) {
    unsafe kernels.round(source, target, count: count)
    if count % 2 == 1 { unsafe target[count] = 0 }
  }
}

/// Pairs of values that hold `count` values.
private func pairs(_ count: Int) -> Int { (count + 1) / 2 }
