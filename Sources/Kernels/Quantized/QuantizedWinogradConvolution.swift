import CKernels

/// ``QuantizedConvolution`` by Winograd's F(2, 3) along the rows: 1.5 times fewer multiplications for
/// windows of 3, 1.4 times for windows of 5.
///
/// Sums and differences of two bytes are halved to fit a byte, so that the result is off by about as much
/// as with activations of 7 bits.
public struct QuantizedWinogradConvolution: Sendable {
  public let geometry: Convolution.Geometry
  private let kernels: InstructionSet
  /// `[groups][panels a group]` of what `u8s8_winograd_weights` makes.
  private let panels: Buffer<Int8>
  /// `[groups][panels a group][groups of products][panel width]`.
  private let scale: FloatBuffer
  /// `[groups][panels a group][2][panel width]`.
  private let bias: FloatBuffer

  public static func supports(_ geometry: Convolution.Geometry) -> Bool {
    geometry.stride == 1 && (geometry.kernel == 3 || geometry.kernel == 5)
      && geometry.inputChannels / geometry.groups % 4 == 0
  }

  private static let productGroups = Int(U8S8_WINOGRAD_GROUPS)

  /// Products of one row of a window: what `u8s8_winograd` lists.
  private static func products(_ geometry: Convolution.Geometry) -> Int {
    geometry.kernel == 3 ? 4 : 7
  }

  /// - Parameters:
  ///   - weights: `[out, in, height, width]`.
  ///   - bias: one value a filter, in real numbers.
  ///   - inputScale: what one step of an input byte is worth.
  ///   - outputScale: what one step of an output byte is worth.
  public init(
    _ geometry: Convolution.Geometry, weights: QuantizedWeights, bias: [Float], inputScale: Float,
    outputScale: Float, kernels: InstructionSet = .best
  ) {
    precondition(Self.supports(geometry))
    precondition(weights.values.count == geometry.weightDimensions.reduce(1, *))
    precondition(weights.scales.count == geometry.filters && bias.count == geometry.filters)
    precondition(inputScale > 0 && outputScale > 0)
    self.geometry = geometry
    self.kernels = kernels
    let width = kernels.bytePanelWidth
    let (filters, depth) = (
      geometry.filters / geometry.groups, geometry.inputChannels / geometry.groups
    )
    let panelCount = geometry.groups * Self.panelsAGroup(geometry, kernels)
    panels = Buffer(count: panelCount * Self.panelSize(geometry, kernels))
    scale = FloatBuffer(count: panelCount * Self.productGroups * width)
    self.bias = FloatBuffer(count: panelCount * 2 * width)
    var factors = [Float](repeating: 0, count: Self.productGroups * filters)
    var sums = [Int32](repeating: 0, count: Self.productGroups * filters)
    for group in 0..<geometry.groups {
      let firstPanel = group * Self.panelsAGroup(geometry, kernels)
      // SAFETY: the buffers were sized for these panels just above.
      unsafe weights.values.withUnsafeBufferPointer { source in
        guard let source = source.baseAddress else { return }
        unsafe u8s8_winograd_weights(
          source + group * filters * depth * geometry.kernel * geometry.kernel, filters, depth,
          geometry.kernel, width, panels.base + firstPanel * Self.panelSize(geometry, kernels),
          &factors, &sums)
      }
      for filter in 0..<filters {
        let source = group * filters + filter
        let panel = firstPanel + filter / width
        let step = weights.scales[source] * inputScale / outputScale
        let scales = (0..<Self.productGroups).map { factors[$0 * filters + filter] * step }
        // What the 128 that is added to every difference comes to.
        let excess = (0..<Self.productGroups).map {
          128 * Float(sums[$0 * filters + filter]) * scales[$0]
        }
        let value = bias[source] / outputScale
        for index in scales.indices {
          unsafe scale.base[(panel * Self.productGroups + index) * width + filter % width] =
            scales[index]
        }
        let target = unsafe self.bias.base + panel * 2 * width + filter % width
        unsafe target[0] = value - excess[0] - excess[2]
        unsafe target[width] = value + excess[2] + excess[3]
      }
    }
  }

  private static func panelsAGroup(
    _ geometry: Convolution.Geometry, _ kernels: InstructionSet
  ) -> Int {
    (geometry.filters / geometry.groups + kernels.bytePanelWidth - 1) / kernels.bytePanelWidth
  }

  private static func panelSize(
    _ geometry: Convolution.Geometry, _ kernels: InstructionSet
  ) -> Int {
    products(geometry) * geometry.kernel * geometry.inputChannels / geometry.groups
      * kernels.bytePanelWidth
  }

  /// Bytes of the weights in the form that is read.
  public var weightBytes: Int { panels.byteCount }

  /// Bytes of scratch memory that ``run(_:_:images:scratch:pool:)`` needs for an output of this size.
  public func scratchCount(outputHeight: Int, outputWidth: Int) -> Int {
    Self.products(geometry) * (outputHeight + geometry.kernel - 1) * tiles(outputWidth)
      * geometry.inputChannels
  }

  /// Tiles of two outputs in a row.
  private func tiles(_ width: Int) -> Int { (width + 1) / 2 }

  /// Convolves the first `images` images of `input` into `output`, split over `pool`.
  ///
  /// `input` must have a border of at least the geometry's padding.
  public func run(
    _ input: ByteMap, _ output: ByteMap, images: Int, scratch: Buffer<UInt8>, pool: WorkerPool
  ) {
    precondition(images <= input.images && images <= output.images)
    precondition(input.channels == geometry.inputChannels && output.channels == geometry.filters)
    precondition(input.padding >= geometry.padding)
    precondition(output.height == geometry.outputExtent(input.height))
    precondition(output.width == geometry.outputExtent(input.width))
    precondition(
      scratch.count >= scratchCount(outputHeight: output.height, outputWidth: output.width))
    let panelCount = geometry.groups * Self.panelsAGroup(geometry, kernels)
    let tileCount = output.height * tiles(output.width)
    let blocks = (tileCount + kernels.byteTileRows - 1) / kernels.byteTileRows
    let parts = pool.threads == 1 ? 1 : min(blocks, 2 * pool.threads)
    for image in 0..<images {
      pool.run(output.height + geometry.kernel - 1) { row in
        transform(input, image: image, row: row, rows: output.height, scratch)
      }
      pool.run(panelCount * parts) { task in
        let (panel, part) = task.quotientAndRemainder(dividingBy: parts)
        let share = part * blocks / parts..<(part + 1) * blocks / parts
        multiply(scratch, output, image: image, blocks: share, of: blocks, panel: panel)
      }
    }
  }

  private func transform(
    _ input: ByteMap, image: Int, row: Int, rows: Int, _ scratch: Buffer<UInt8>
  ) {
    let tiles = tiles(geometry.outputExtent(input.width))
    let rowSize = tiles * input.channels
    // SAFETY: a row of the map with its border holds the columns, and `scratch` the points, as `run`
    // checked; tasks write disjoint rows.
    var arguments = unsafe u8_winograd_input()
    unsafe arguments.input = UnsafePointer(
      input.pixel(image, row - geometry.padding, -geometry.padding))
    unsafe arguments.columns = input.width + 2 * geometry.padding
    unsafe arguments.channels = input.channels
    unsafe arguments.tiles = tiles
    unsafe arguments.window = geometry.kernel
    unsafe arguments.points = scratch.base + row * rowSize
    unsafe arguments.point_stride = (rows + geometry.kernel - 1) * rowSize
    unsafe kernels.winogradInput(&arguments)
  }

  private func multiply(
    _ scratch: Buffer<UInt8>, _ output: ByteMap, image: Int, blocks: Range<Int>, of count: Int,
    panel: Int
  ) {
    let width = kernels.bytePanelWidth
    let filters = geometry.filters / geometry.groups
    let depth = geometry.inputChannels / geometry.groups
    let (group, panelOfGroup) = panel.quotientAndRemainder(
      dividingBy: Self.panelsAGroup(geometry, kernels))
    let firstFilter = panelOfGroup * width
    let tiles = tiles(output.width)
    let tileCount = output.height * tiles
    unsafe withUnsafeTemporaryAllocation(of: Int.self, capacity: 2 * kernels.byteTileRows) {
      offsets in
      guard let offsets = offsets.baseAddress else { return }
      // SAFETY: the tiles lie inside `scratch`, whose rows follow one another without gaps, and the
      // wanted outputs inside the map; tasks write disjoint outputs.
      var tile = unsafe u8s8_winograd()
      unsafe tile.a_tile_stride = geometry.inputChannels
      unsafe tile.a_row_stride = tiles * geometry.inputChannels
      unsafe tile.a_point_stride =
        (output.height + geometry.kernel - 1) * tiles * geometry.inputChannels
      unsafe tile.window = geometry.kernel
      unsafe tile.run = depth / 4
      unsafe tile.b = UnsafePointer(panels.base + panel * Self.panelSize(geometry, kernels))
      unsafe tile.scale = UnsafePointer(scale.base + panel * Self.productGroups * width)
      unsafe tile.bias = UnsafePointer(bias.base + panel * 2 * width)
      unsafe tile.c = output.pixel(image, 0, 0) + group * filters + firstFilter
      unsafe tile.offsets = UnsafePointer(offsets)
      unsafe tile.columns = min(width, filters - firstFilter)
      for block in blocks {
        // Equal blocks: 91 tiles are seven times 13, never six times 14 and 7.
        let range = block * tileCount / count..<(block + 1) * tileCount / count
        for (index, position) in range.enumerated() {
          let (y, x) = position.quotientAndRemainder(dividingBy: tiles)
          let offset = y * output.rowStride + 2 * x * output.channels
          unsafe offsets[2 * index] = offset
          unsafe offsets[2 * index + 1] =
            2 * x + 1 < output.width ? offset + output.channels : -1
        }
        unsafe tile.a = UnsafePointer(
          scratch.base + range.lowerBound * geometry.inputChannels + group * depth)
        unsafe tile.rows = range.count
        unsafe kernels.winograd(&tile)
      }
    }
  }
}
