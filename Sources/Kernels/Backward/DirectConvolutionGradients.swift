import CKernels
import Threads

/// The gradients of a convolution of any stride, padding and groups, as matrix products that read
/// both maps without copying them.
struct DirectConvolutionGradients: Sendable {
  let geometry: Convolution.Geometry
  private let kernels: InstructionSet
  private let backward: BackwardKernels

  init(_ geometry: Convolution.Geometry, kernels: InstructionSet) {
    self.geometry = geometry
    self.kernels = kernels
    backward = BackwardKernels(kernels)
  }

  private var filters: Int { geometry.filters / geometry.groups }
  private var depth: Int { geometry.inputChannels / geometry.groups }
  private var kernel: Int { geometry.kernel }
  /// Values of one row of a window, `[width, channels of a group]`.
  private var windowRow: Int { kernel * depth }

  // MARK: By the weights

  /// How many sums of a batch are kept apart: the images of each are added up by one thread at a
  /// time. The number does not depend on that of the threads, and neither does the result.
  private static let parts = 8

  /// Values of the weights' gradient.
  private var weightCount: Int { geometry.filters * windowRow * kernel }

  /// Floats of scratch memory that
  /// ``addWeightGradient(_:outputGradient:to:images:scratch:pool:)`` needs.
  var weightScratchCount: Int { Self.parts * weightCount }

  /// Adds the gradient to `weights`, `[out, in, height, width]`.
  func addWeightGradient(
    _ input: FeatureMap, outputGradient: FeatureMap, to weights: FloatBuffer, images: Int,
    scratch: FloatBuffer, pool: WorkerPool
  ) {
    precondition(scratch.count >= weightScratchCount && input.padding >= geometry.padding)
    let parts = min(Self.parts, images)
    // SAFETY: windows lie inside the padded input and pixels inside the output; each task adds to a
    // part of `scratch` of its own.
    unsafe pool.runUnchecked(parts) { part in
      let sums = unsafe scratch.base + part * weightCount
      unsafe sums.update(repeating: 0, count: weightCount)
      for image in part * images / parts..<(part + 1) * images / parts {
        // Rows of the output whose pixels of one panel, with those of the input that a tile of
        // weights meets, stay in the first-level cache.
        let pixel = kernels.panelWidth + geometry.stride * input.channels
        let rows = max(1, (7 << 10) / (outputGradient.width * pixel))
        for first in stride(from: 0, to: outputGradient.height, by: rows) {
          unsafe add(
            input, outputGradient, image,
            rows: first..<min(first + rows, outputGradient.height), to: sums)
        }
      }
    }
    unsafe addUp(parts: parts, scratch, to: weights, pool)
  }

  /// Adds what some rows of the output contribute to sums `[groups][height][width, in][out]`.
  @unsafe private func add(
    _ input: FeatureMap, _ gradient: FeatureMap, _ image: Int, rows: Range<Int>,
    to sums: UnsafeMutablePointer<Float>
  ) {
    // Without groups a row of a window is contiguous.
    let runs = geometry.groups == 1 ? 1 : kernel
    let run = windowRow / runs
    let tiles = (run + kernels.tileRows - 1) / kernels.tileRows
    let width = kernels.panelWidth
    var product = unsafe f32_gemm_tn()
    unsafe product.a_stride = geometry.stride * input.channels
    unsafe product.a_outer_stride = geometry.stride * input.rowStride
    unsafe product.b_stride = gradient.channels
    unsafe product.b_outer_stride = gradient.rowStride
    unsafe product.outer = rows.count
    unsafe product.run = gradient.width
    unsafe product.c_row_stride = filters
    unsafe product.accumulate = 1
    let top = rows.lowerBound * geometry.stride - geometry.padding
    for group in 0..<geometry.groups {
      for panel in stride(from: 0, to: filters, by: width) {
        unsafe product.b = UnsafePointer(
          gradient.pixel(image, rows.lowerBound, 0) + group * filters + panel)
        unsafe product.columns = min(width, filters - panel)
        for line in 0..<kernel * runs {
          let (i, j) = line.quotientAndRemainder(dividingBy: runs)
          let window = unsafe input.pixel(image, top + i, j - geometry.padding) + group * depth
          let target =
            unsafe sums + ((group * kernel + i) * windowRow + j * depth) * filters + panel
          for tile in 0..<tiles {
            let first = tile * run / tiles
            unsafe product.rows = (tile + 1) * run / tiles - first
            unsafe product.a = UnsafePointer(window + first)
            unsafe product.c = target + first * filters
            unsafe backward.gemmTN(&product)
          }
        }
      }
    }
  }

  /// Adds up the parts, and brings them into the order of the weights.
  @unsafe private func addUp(
    parts: Int, _ scratch: FloatBuffer, to weights: FloatBuffer, _ pool: WorkerPool
  ) {
    // SAFETY: the sums and weights have the geometry's size; tasks write rows of windows of
    // disjoint groups and heights.
    unsafe pool.runUnchecked(geometry.groups * kernel) { task in
      let (group, i) = task.quotientAndRemainder(dividingBy: kernel)
      for place in 0..<windowRow {
        let (j, channel) = place.quotientAndRemainder(dividingBy: depth)
        let sums = unsafe scratch.base + (task * windowRow + place) * filters
        for filter in 0..<filters {
          var sum: Float = 0
          for part in 0..<parts { sum += unsafe sums[part * weightCount + filter] }
          let row = (group * filters + filter) * depth + channel
          unsafe weights.base[(row * kernel + i) * kernel + j] += sum
        }
      }
    }
  }

  // MARK: Gradient of the input

  /// The weights as ``inputGradient(panels:outputGradient:inputGradient:images:pool:)`` reads them:
  /// `[groups][height][panels][out][panel width]`, a panel being a part of a window's row.
  func panels(weights: FloatBuffer) -> FloatBuffer {
    precondition(weights.count == weightCount)
    let width = kernels.panelWidth
    let panelsARow = (windowRow + width - 1) / width
    let panels = FloatBuffer(count: geometry.groups * kernel * panelsARow * filters * width)
    for group in 0..<geometry.groups {
      for i in 0..<kernel {
        for filter in 0..<filters {
          for place in 0..<windowRow {
            let (j, channel) = place.quotientAndRemainder(dividingBy: depth)
            let row = (group * filters + filter) * depth + channel
            let panel = (group * kernel + i) * panelsARow + place / width
            // SAFETY: both indices lie inside the buffers, sized as the loops run.
            unsafe panels.base[(panel * filters + filter) * width + place % width] =
              weights.base[(row * kernel + i) * kernel + j]
          }
        }
      }
    }
    return panels
  }

  /// Writes the gradient with respect to the input: each pixel of the output is multiplied with all
  /// windows of its filters, and the windows are added up where they overlap.
  func inputGradient(
    panels: FloatBuffer, outputGradient: FeatureMap, inputGradient: FeatureMap, images: Int,
    pool: WorkerPool
  ) {
    let width = outputGradient.width
    // SAFETY: the maps have the geometry's extents, which the caller checked; each task writes the
    // channels of one group of one image.
    unsafe pool.runUnchecked(images * geometry.groups) { task in
      let (image, group) = task.quotientAndRemainder(dividingBy: geometry.groups)
      for y in 0..<inputGradient.height {
        for x in 0..<inputGradient.width {
          unsafe (inputGradient.pixel(image, y, x) + group * depth).update(
            repeating: 0, count: depth)
        }
      }
      unsafe withUnsafeTemporaryAllocation(of: Float.self, capacity: width * windowRow) { windows in
        guard let windows = windows.baseAddress else { return }
        for y in 0..<outputGradient.height {
          for i in 0..<kernel {
            let row = y * geometry.stride - geometry.padding + i
            guard row >= 0, row < inputGradient.height else { continue }
            unsafe multiply(panels, outputGradient, image, group, y, i, to: windows)
            unsafe scatter(windows, width, inputGradient, image, group, row)
          }
        }
      }
    }
  }

  /// Row `i` of the windows of output row `y`, `[width of the output][width, in]`.
  @unsafe private func multiply(
    _ panels: FloatBuffer, _ gradient: FeatureMap, _ image: Int, _ group: Int, _ y: Int, _ i: Int,
    to windows: UnsafeMutablePointer<Float>
  ) {
    let width = kernels.panelWidth
    let panelsARow = (windowRow + width - 1) / width
    let tiles = (gradient.width + kernels.tileRows - 1) / kernels.tileRows
    var product = unsafe f32_gemm()
    unsafe product.a_row_stride = gradient.channels
    unsafe product.outer = 1
    unsafe product.inner = 1
    unsafe product.run = filters
    unsafe product.c_row_stride = windowRow
    for panel in 0..<panelsARow {
      unsafe product.b = UnsafePointer(
        panels.base + ((group * kernel + i) * panelsARow + panel) * filters * width)
      unsafe product.columns = min(width, windowRow - panel * width)
      for tile in 0..<tiles {
        let x = tile * gradient.width / tiles
        unsafe product.rows = (tile + 1) * gradient.width / tiles - x
        unsafe product.a = UnsafePointer(gradient.pixel(image, y, x) + group * filters)
        unsafe product.c = windows + x * windowRow + panel * width
        unsafe kernels.gemm(&product)
      }
    }
  }

  /// Adds rows of windows to a row of the input's gradient. Values in the border are left out.
  @unsafe private func scatter(
    _ windows: UnsafePointer<Float>, _ width: Int, _ gradient: FeatureMap, _ image: Int,
    _ group: Int, _ row: Int
  ) {
    for x in 0..<width {
      let left = x * geometry.stride - geometry.padding
      for j in max(0, -left)..<max(max(0, -left), min(kernel, gradient.width - left)) {
        let target = unsafe gradient.pixel(image, row, left + j) + group * depth
        let source = unsafe windows + x * windowRow + j * depth
        for channel in 0..<depth { unsafe target[channel] += source[channel] }
      }
    }
  }
}
