import CKernels
import Threads

/// The gradient of a convolution by its weights, by Winograd's minimal filtering, F(3x3, 4x4) or
/// F(5x5, 4x4): 4 or 6.25 times fewer multiplications than the direct one, less what overlapping
/// edges waste.
///
/// Tiles of the input and of the output's gradient are transformed to points; each point is one
/// matrix product whose depth is all tiles of the batch; the sums are transformed back once.
struct WinogradWeightGradient: Sendable {
  let geometry: Convolution.Geometry
  private let kernels: InstructionSet
  private let backward: BackwardKernels

  /// Tiles transformed at a time: one point of all their channels stays near the second-level
  /// cache.
  private static let chunk = 192

  static func supports(_ geometry: Convolution.Geometry) -> Bool {
    WinogradConvolution.supports(geometry)
  }

  init(_ geometry: Convolution.Geometry, kernels: InstructionSet) {
    precondition(Self.supports(geometry))
    self.geometry = geometry
    self.kernels = kernels
    backward = BackwardKernels(kernels)
  }

  private var filters: Int { geometry.filters / geometry.groups }
  private var depth: Int { geometry.inputChannels / geometry.groups }
  private var extent: Int { geometry.kernel + 3 }
  private var points: Int { extent * extent }

  /// Points are kept in panels of as many channels as the kernel's panels are wide,
  /// `[points][panels] [tiles][panel width]`: what a tile of the product reads is contiguous.
  private func panelCount(_ channels: Int) -> Int {
    (channels + kernels.panelWidth - 1) / kernels.panelWidth
  }
  /// Values from one panel to the next.
  private var panelStride: Int { Self.chunk * kernels.panelWidth }
  /// Values from one point to the next: not a power of two, so that points do not compete for one
  /// set of a cache.
  private func pointStride(_ channels: Int) -> Int { panelCount(channels) * panelStride + 16 }

  /// Floats of scratch memory that ``run(_:outputGradient:weights:images:scratch:pool:)`` needs.
  var scratchCount: Int {
    points * (pointStride(depth) + pointStride(filters) + depth * filters)
  }

  /// Adds the gradient to `weights`, `[out, in, height, width]`.
  ///
  /// `input` needs a border of zeros as wide as the padding, and at least 1.
  func run(
    _ input: FeatureMap, outputGradient: FeatureMap, weights: FloatBuffer, images: Int,
    scratch: FloatBuffer, pool: WorkerPool
  ) {
    precondition(scratch.count >= scratchCount && input.padding >= max(1, geometry.padding))
    let layout = TileLayout(input, outputGradient, images: images, geometry: geometry)
    for group in 0..<geometry.groups {
      for first in stride(from: 0, to: layout.count, by: Self.chunk) {
        let tiles = first..<min(first + Self.chunk, layout.count)
        transform(input, outputGradient, layout, tiles, group, scratch, pool)
        multiply(tiles: tiles.count, accumulates: first > 0, scratch, pool)
      }
      transformBack(group, weights, scratch, pool)
    }
  }

  /// The points of a chunk of tiles.
  private func transform(
    _ input: FeatureMap, _ gradient: FeatureMap, _ layout: TileLayout, _ tiles: Range<Int>,
    _ group: Int, _ scratch: FloatBuffer, _ pool: WorkerPool
  ) {
    // SAFETY: `layout` only gives offsets inside the padded maps; the points of a chunk fit
    // `scratch`; tasks write disjoint tiles.
    unsafe pool.runUnchecked(tiles.count) { index in
      unsafe withUnsafeTemporaryAllocation(of: Int.self, capacity: 24) { offsets in
        guard let offsets = offsets.baseAddress else { return }
        let tile = tiles.lowerBound + index
        let images = unsafe layout.inputOffsets(
          tile, extent: extent, rows: offsets, columns: offsets + 8)
        var values = unsafe f32_winograd_input()
        unsafe values.input = UnsafePointer(input.pixel(images, 0, 0) + group * depth)
        unsafe values.rows = UnsafePointer(offsets)
        unsafe values.columns = UnsafePointer(offsets + 8)
        unsafe values.channels = depth
        unsafe values.points = scratch.base + index * kernels.panelWidth
        unsafe values.point_stride = pointStride(depth)
        unsafe values.panel_stride = panelStride
        unsafe kernels.winogradInput(&values, extent: extent)

        _ = unsafe layout.outputOffsets(tile, rows: offsets + 16, columns: offsets + 20)
        var gradients = unsafe f32_winograd_gradient()
        unsafe gradients.gradient = UnsafePointer(gradient.pixel(images, 0, 0) + group * filters)
        unsafe gradients.rows = UnsafePointer(offsets + 16)
        unsafe gradients.columns = UnsafePointer(offsets + 20)
        unsafe gradients.channels = filters
        unsafe gradients.points =
          scratch.base + points * pointStride(depth) + index * kernels.panelWidth
        unsafe gradients.point_stride = pointStride(filters)
        unsafe gradients.panel_stride = panelStride
        unsafe backward.winogradGradient(&gradients, extent: extent)
      }
    }
  }

  /// The sums over all tiles, `[points][depth][filters]`, behind the points in `scratch`.
  private var sumStart: Int { points * (pointStride(depth) + pointStride(filters)) }

  private func multiply(
    tiles: Int, accumulates: Bool, _ scratch: FloatBuffer, _ pool: WorkerPool
  ) {
    let width = kernels.panelWidth
    let (panels, blocks) = (panelCount(filters), panelCount(depth))
    // Few large tasks while they occupy every thread.
    let panelParts = points >= 16 * pool.threads ? 1 : panels
    // SAFETY: points and sums fit `scratch`; tasks write disjoint sums.
    unsafe pool.runUnchecked(points * panelParts) { task in
      let (point, part) = task.quotientAndRemainder(dividingBy: panelParts)
      let input = unsafe scratch.base + point * pointStride(depth)
      let gradient =
        unsafe scratch.base + points * pointStride(depth) + point * pointStride(filters)
      var product = unsafe f32_gemm_tn()
      unsafe product.a_stride = width
      unsafe product.b_stride = width
      unsafe product.outer = 1
      unsafe product.run = tiles
      unsafe product.c_row_stride = filters
      unsafe product.accumulate = accumulates ? 1 : 0
      for panel in part * panels / panelParts..<(part + 1) * panels / panelParts {
        unsafe product.b = UnsafePointer(gradient + panel * panelStride)
        unsafe product.columns = min(width, filters - panel * width)
        for block in 0..<blocks {
          let channels = min(width, depth - block * width)
          let rowTiles = (channels + kernels.tileRows - 1) / kernels.tileRows
          for row in 0..<rowTiles {
            let first = row * channels / rowTiles
            unsafe product.rows = (row + 1) * channels / rowTiles - first
            unsafe product.a = UnsafePointer(input + block * panelStride + first)
            unsafe product.c =
              scratch.base + sumStart + (point * depth + block * width + first) * filters
              + panel * width
            unsafe backward.gemmTN(&product)
          }
        }
      }
    }
  }

  private func transformBack(
    _ group: Int, _ weights: FloatBuffer, _ scratch: FloatBuffer, _ pool: WorkerPool
  ) {
    let area = geometry.kernel * geometry.kernel
    // SAFETY: `weights` has the geometry's size; tasks write windows of disjoint input channels.
    unsafe pool.runUnchecked(depth) { channel in
      var windows = unsafe f32_winograd_window()
      unsafe windows.points = UnsafePointer(scratch.base + sumStart + channel * filters)
      unsafe windows.point_stride = depth * filters
      unsafe windows.filters = filters
      unsafe windows.weights = weights.base + (group * filters * depth + channel) * area
      unsafe windows.filter_stride = depth * area
      unsafe backward.winogradWindow(&windows, extent: extent)
    }
  }
}
