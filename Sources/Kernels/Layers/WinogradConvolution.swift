import CKernels
public import Threads

/// A convolution with Winograd's algorithm, F(4x4, 3x3) or F(4x4, 5x5). It needs 4 or 6.25 times
/// fewer multiplications than a direct convolution, apart from those for parts of tiles outside the
/// output.
///
/// Tiles of the input are transformed into points. Each point is one matrix product over all tiles.
/// The products are transformed into tiles of the output. This is faster if many tiles share the
/// transformed weights, which are 4 or 2.6 times larger than the weights.
public struct WinogradConvolution: Sendable {
  public let geometry: Convolution.Geometry
  private let relu: Bool
  private let kernels: InstructionSet
  /// `[groups][points][panels a group][depth][panel width]`.
  private let panels: ConstantBuffer<Float>
  private let bias: ConstantBuffer<Float>

  /// The height and width of a tile of the output.
  private static let tileOutput = 4
  /// Tiles transformed at a time: about a hundred, which keeps the points of a chunk in the
  /// second-level cache or near it, and whole tiles of the matrix products.
  private var chunk: Int { 98 / kernels.tileRows * kernels.tileRows }

  /// Whether the kernels support `geometry`: windows of 3 or 5 with stride 1, either no padding or
  /// as much as keeps the size, and multiples of 16 channels and filters in each group.
  public static func supports(_ geometry: Convolution.Geometry) -> Bool {
    [3, 5].contains(geometry.kernel) && geometry.stride == 1
      && (geometry.padding == geometry.kernel / 2 || geometry.padding == 0)
      && geometry.inputChannels / geometry.groups % 16 == 0
      && geometry.filters / geometry.groups % 16 == 0
  }

  /// The parameters are those of ``Convolution/init(_:weights:bias:relu:kernels:)``.
  public init(
    _ geometry: Convolution.Geometry, weights: [Float], bias: [Float], relu: Bool,
    kernels: InstructionSet = .best
  ) {
    precondition(weights.count == geometry.weightDimensions.reduce(1, *))
    self.init(geometry, bias: bias, relu: relu, kernels: kernels) { filters, target in
      let start = filters.lowerBound * (weights.count / geometry.filters)
      for index in target.indices { target[index] = weights[start + index] }
    }
  }

  /// The parameters are those of ``Convolution/init(_:bias:relu:kernels:weights:)``.
  public init<Failure: Error>(
    _ geometry: Convolution.Geometry, bias: [Float], relu: Bool, kernels: InstructionSet = .best,
    weights: (Range<Int>, inout MutableSpan<Float>) throws(Failure) -> Void
  ) throws(Failure) {
    precondition(Self.supports(geometry))
    precondition(bias.count == geometry.filters)
    self.geometry = geometry
    self.relu = relu
    self.kernels = kernels
    self.bias = ConstantBuffer(bias)
    let (filters, depth) = Self.perGroup(geometry)
    let width = kernels.panelWidth
    let panelsAGroup = (filters + width - 1) / width
    let pointStride = panelsAGroup * depth * width
    let groupSize = Self.points(geometry) * pointStride
    let area = geometry.kernel * geometry.kernel
    let panels = FloatBuffer(count: geometry.groups * groupSize)
    // One panel's weights at a time, which stay in the cache.
    let rows = FloatBuffer(count: width * area * depth)
    for panel in 0..<geometry.groups * panelsAGroup {
      let (group, panelOfGroup) = panel.quotientAndRemainder(dividingBy: panelsAGroup)
      let first = group * filters + panelOfGroup * width
      let panelFilters = first..<min(first + width, (group + 1) * filters)
      try rows.withMutableSpan(0..<panelFilters.count * area * depth) {
        (span) throws(Failure) in
        try weights(panelFilters, &span)
      }
      // SAFETY: the panels were sized for this just above.
      var transform = unsafe f32_winograd_weights()
      unsafe transform.weights = UnsafePointer(rows.base)
      unsafe transform.output_stride = depth * area
      unsafe transform.depth_stride = area
      unsafe transform.outputs = panelFilters.count
      unsafe transform.depth = depth
      unsafe transform.panel = panels.base + group * groupSize + panelOfGroup * depth * width
      unsafe transform.point_stride = pointStride
      unsafe kernels.winogradWeights(&transform, extent: Self.tileInput(geometry))
    }
    self.panels = unsafe ConstantBuffer(adopting: panels)
  }

  /// Over transformed weights and biases that the caller keeps, as training does: it promises not
  /// to write them while this runs.
  ///
  /// - Parameters:
  ///   - panels: ``panelValues(_:kernels:)`` values, as ``pack(_:turned:_:into:kernels:pool:)``
  ///     writes them.
  ///   - bias: one value a filter.
  @unsafe init(
    _ geometry: Convolution.Geometry, panels: FloatBuffer, bias: FloatBuffer, relu: Bool,
    kernels: InstructionSet
  ) {
    precondition(Self.supports(geometry) && bias.count == geometry.filters)
    precondition(panels.count == Self.panelValues(geometry, kernels: kernels))
    self.geometry = geometry
    self.relu = relu
    self.kernels = kernels
    self.panels = unsafe ConstantBuffer(adopting: panels)
    self.bias = unsafe ConstantBuffer(adopting: bias)
  }

  /// The number of values of the transformed weights.
  static func panelValues(_ geometry: Convolution.Geometry, kernels: InstructionSet) -> Int {
    let (filters, depth) = perGroup(geometry)
    let width = kernels.panelWidth
    return geometry.groups * points(geometry) * ((filters + width - 1) / width) * depth * width
  }

  /// Transforms weights, split over `pool`.
  ///
  /// - Parameters:
  ///   - weights: `[out, in, height, width]` of this geometry, or, where `turned`, of the
  ///     convolution whose gradient by its input this one is: `[in, out, height, width]` within
  ///     each group, each window turned by half a circle.
  static func pack(
    _ weights: FloatBuffer, turned: Bool, _ geometry: Convolution.Geometry,
    into panels: FloatBuffer, kernels: InstructionSet, pool: WorkerPool
  ) {
    let (filters, depth) = perGroup(geometry)
    let width = kernels.panelWidth
    let area = geometry.kernel * geometry.kernel
    precondition(weights.count == geometry.groups * filters * depth * area)
    precondition(panels.count == panelValues(geometry, kernels: kernels))
    let panelsAGroup = (filters + width - 1) / width
    let pointStride = panelsAGroup * depth * width
    let (outputStride, depthStride) = turned ? (area, filters * area) : (depth * area, area)
    let parts = (depth + 63) / 64
    // SAFETY: both buffers have the geometry's size; tasks write disjoint channels of panels.
    unsafe pool.runUnchecked(geometry.groups * panelsAGroup * parts) { task in
      let (panel, part) = task.quotientAndRemainder(dividingBy: parts)
      let (group, panelOfGroup) = panel.quotientAndRemainder(dividingBy: panelsAGroup)
      let firstFilter = panelOfGroup * width
      let firstChannel = part * depth / parts
      var transform = unsafe f32_winograd_weights()
      unsafe transform.weights = UnsafePointer(
        weights.base + group * filters * depth * area + firstFilter * outputStride
          + firstChannel * depthStride)
      unsafe transform.output_stride = outputStride
      unsafe transform.depth_stride = depthStride
      unsafe transform.turned = turned ? 1 : 0
      unsafe transform.outputs = min(width, filters - firstFilter)
      unsafe transform.depth = (part + 1) * depth / parts - firstChannel
      unsafe transform.panel =
        panels.base + group * points(geometry) * pointStride
        + (panelOfGroup * depth + firstChannel) * width
      unsafe transform.point_stride = pointStride
      unsafe kernels.winogradWeights(&transform, extent: tileInput(geometry))
    }
  }

  private static func perGroup(_ geometry: Convolution.Geometry) -> (filters: Int, depth: Int) {
    (geometry.filters / geometry.groups, geometry.inputChannels / geometry.groups)
  }

  /// The height and width of a tile of the input.
  private static func tileInput(_ geometry: Convolution.Geometry) -> Int {
    geometry.kernel + tileOutput - 1
  }

  private static func points(_ geometry: Convolution.Geometry) -> Int {
    tileInput(geometry) * tileInput(geometry)
  }

  /// How many pixels wide the input map's border of zeros must be.
  public var inputPadding: Int { max(geometry.padding, 1) }

  /// Floats of scratch memory that ``run(_:_:images:scratch:pool:)`` needs.
  public var scratchCount: Int {
    let (filters, depth) = Self.perGroup(geometry)
    return Self.points(geometry) * chunk * (filters + depth)
  }

  /// Bytes of the transformed weights.
  public var weightBytes: Int { panels.byteCount }

  /// About as many bytes as ``weightBytes`` will be.
  public static func weightBytes(_ geometry: Convolution.Geometry) -> Int {
    points(geometry) * geometry.filters * geometry.inputChannels / geometry.groups
      * MemoryLayout<Float>.size
  }

  /// Convolves the first `images` images of `input` into `output`, split over `pool`.
  public func run(
    _ input: FeatureMap, _ output: FeatureMap, images: Int, scratch: FloatBuffer, pool: WorkerPool
  ) {
    precondition(images <= input.images && images <= output.images)
    precondition(input.channels == geometry.inputChannels && output.channels == geometry.filters)
    precondition(input.padding >= inputPadding && scratch.count >= scratchCount)
    precondition(output.height == geometry.outputExtent(input.height))
    precondition(output.width == geometry.outputExtent(input.width))
    let layout = TileLayout(input, output, images: images, geometry: geometry)
    for group in 0..<geometry.groups {
      for first in stride(from: 0, to: layout.count, by: chunk) {
        let tiles = first..<min(first + chunk, layout.count)
        run(input, output, layout: layout, tiles: tiles, group: group, scratch: scratch, pool: pool)
      }
    }
  }

  private func run(
    _ input: FeatureMap, _ output: FeatureMap, layout: TileLayout, tiles: Range<Int>, group: Int,
    scratch: FloatBuffer, pool: WorkerPool
  ) {
    let (filters, depth) = Self.perGroup(geometry)
    let points = Self.points(geometry)
    let extent = Self.tileInput(geometry)
    let productStart = points * tiles.count * depth
    let panelsAGroup = (filters + kernels.panelWidth - 1) / kernels.panelWidth
    let panelSize = depth * kernels.panelWidth

    // SAFETY: `layout` only gives offsets inside the padded maps; the points and products of a
    // chunk fit `scratch`; tasks write disjoint tiles or points.
    unsafe pool.runUnchecked(tiles.count) { index in
      unsafe withUnsafeTemporaryAllocation(of: Int.self, capacity: 16) { offsets in
        guard let offsets = offsets.baseAddress else { return }
        let images = unsafe layout.inputOffsets(
          tiles.lowerBound + index, extent: extent, rows: offsets, columns: offsets + 8)
        var tile = unsafe f32_winograd_input()
        unsafe tile.input = UnsafePointer(input.pixel(images, 0, 0) + group * depth)
        unsafe tile.rows = UnsafePointer(offsets)
        unsafe tile.columns = UnsafePointer(offsets + 8)
        unsafe tile.channels = depth
        unsafe tile.points = scratch.base + index * depth
        unsafe tile.point_stride = tiles.count * depth
        unsafe tile.panel_stride = kernels.panelWidth
        unsafe kernels.winogradInput(&tile, extent: extent)
      }
    }

    let tileRows = (tiles.count + kernels.tileRows - 1) / kernels.tileRows
    unsafe pool.runUnchecked(points) { point in
      for panel in 0..<panelsAGroup {
        let firstFilter = panel * kernels.panelWidth
        var product = unsafe f32_gemm()
        unsafe product.a_row_stride = depth
        unsafe product.outer = 1
        unsafe product.inner = 1
        unsafe product.run = depth
        unsafe product.b = UnsafePointer(
          panels.base + ((group * points + point) * panelsAGroup + panel) * panelSize)
        unsafe product.c_row_stride = filters
        unsafe product.columns = min(kernels.panelWidth, filters - firstFilter)
        for row in 0..<tileRows {
          let first = row * tiles.count / tileRows
          unsafe product.rows = (row + 1) * tiles.count / tileRows - first
          unsafe product.a = UnsafePointer(scratch.base + (point * tiles.count + first) * depth)
          unsafe product.c =
            scratch.base + productStart + (point * tiles.count + first) * filters + firstFilter
          unsafe kernels.gemm(&product)
        }
      }
    }

    unsafe pool.runUnchecked(tiles.count) { index in
      unsafe withUnsafeTemporaryAllocation(of: Int.self, capacity: 8) { offsets in
        guard let offsets = offsets.baseAddress else { return }
        let images = unsafe layout.outputOffsets(
          tiles.lowerBound + index, rows: offsets, columns: offsets + 4)
        var tile = unsafe f32_winograd_output()
        unsafe tile.points = UnsafePointer(scratch.base + productStart + index * filters)
        unsafe tile.point_stride = tiles.count * filters
        unsafe tile.channels = filters
        unsafe tile.bias = UnsafePointer(bias.base + group * filters)
        unsafe tile.relu = relu ? 1 : 0
        unsafe tile.output = output.pixel(images, 0, 0) + group * filters
        unsafe tile.rows = UnsafePointer(offsets)
        unsafe tile.columns = UnsafePointer(offsets + 4)
        unsafe kernels.winogradOutput(&tile, extent: extent)
      }
    }
  }
}

/// How the 4 x 4 output tiles cover the images of a batch.
///
/// In a small image, a large part of the last tiles is outside the image. Four small images are
/// therefore laid out two by two and share the zeros between them. For example, 13 pixels are 3.25
/// tiles. An image alone takes 4 tiles in each direction, and an image of a pair takes 3.5.
struct TileLayout {
  let input: FeatureMap
  let output: FeatureMap
  let padding: Int
  /// How many images are laid out two by two. The others are laid out separately.
  let paired: Int
  let tilesASide: (alone: (Int, Int), paired: (Int, Int))
  let count: Int

  init(
    _ input: FeatureMap, _ output: FeatureMap, images: Int, geometry: Convolution.Geometry
  ) {
    self.input = input
    self.output = output
    padding = geometry.padding
    func tiles(_ pixels: Int) -> Int { (pixels + 3) / 4 }
    let alone = (tiles(output.height), tiles(output.width))
    let two = (
      tiles(2 * output.height + geometry.padding), tiles(2 * output.width + geometry.padding)
    )
    tilesASide = (alone, two)
    let canPair = geometry.padding > 0 && two.0 * two.1 < 4 * alone.0 * alone.1
    paired = canPair ? images / 4 * 4 : 0
    count = paired / 4 * two.0 * two.1 + (images - paired) * alone.0 * alone.1
  }

  /// The first image of a tile's layout, how many images are side by side in that layout (1 or 2),
  /// and the position of the tile in it.
  private func place(_ tile: Int) -> (image: Int, side: Int, y: Int, x: Int) {
    let pairedTiles = paired / 4 * tilesASide.paired.0 * tilesASide.paired.1
    let isPaired = tile < pairedTiles
    let side = isPaired ? tilesASide.paired : tilesASide.alone
    let (block, rest) = (isPaired ? tile : tile - pairedTiles)
      .quotientAndRemainder(dividingBy: side.0 * side.1)
    let image = isPaired ? block * 4 : paired + block
    return (image, isPaired ? 2 : 1, rest / side.1, rest % side.1)
  }

  /// Writes the positions of the `extent` rows and columns of a tile's input, relative to the
  /// returned image.
  @unsafe func inputOffsets(
    _ tile: Int, extent: Int, rows: UnsafeMutablePointer<Int>,
    columns: UnsafeMutablePointer<Int>
  ) -> Int {
    let (image, side, tileY, tileX) = place(tile)
    for index in 0..<extent {
      let (blockY, y) = split(tileY * 4 - padding + index, extent: input.height, side: side)
      unsafe rows[index] = blockY * side * input.imageStride + y * input.rowStride
      let (blockX, x) = split(tileX * 4 - padding + index, extent: input.width, side: side)
      unsafe columns[index] = blockX * input.imageStride + x * input.channels
    }
    return image
  }

  /// The image, and the row (or column) in it, at a position in a layout of images side by side.
  /// Positions outside the images belong to the borders of zeros.
  private func split(_ position: Int, extent: Int, side: Int) -> (Int, Int) {
    guard position >= 0 else { return (0, position) }
    let (image, offset) = position.quotientAndRemainder(dividingBy: extent + padding)
    return image < side ? (image, min(offset, extent)) : (side - 1, extent)
  }

  /// Writes the positions of the 4 rows and columns of a tile's output. Those outside the output
  /// are negative.
  @unsafe func outputOffsets(
    _ tile: Int, rows: UnsafeMutablePointer<Int>, columns: UnsafeMutablePointer<Int>
  ) -> Int {
    let (image, side, tileY, tileX) = place(tile)
    for index in 0..<4 {
      let (blockY, y) = (tileY * 4 + index)
        .quotientAndRemainder(dividingBy: output.height + padding)
      let (blockX, x) = (tileX * 4 + index)
        .quotientAndRemainder(dividingBy: output.width + padding)
      unsafe rows[index] =
        blockY < side && y < output.height
        ? blockY * side * output.imageStride + y * output.rowStride : -1
      unsafe columns[index] =
        blockX < side && x < output.width
        ? blockX * output.imageStride + x * output.channels : -1
    }
    return image
  }
}
