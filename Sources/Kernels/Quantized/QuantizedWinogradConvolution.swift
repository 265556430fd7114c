import CKernels
public import Threads

/// ``QuantizedConvolution`` by Winograd's F(2x2, 3x3): 2.25 times fewer multiplications for windows of 3, twice
/// fewer for windows of 5.
///
/// What the inputs of a tile are turned into, its points, are rounded to bytes once more, in the steps that
/// ``WinogradPoints`` has for each point and channel; so are the products' weights.
public struct QuantizedWinogradConvolution: Sendable {
  public let geometry: Convolution.Geometry
  private let kernels: InstructionSet
  /// `[groups][panels a group]` of what `winograd_weights` makes.
  private let panels: Buffer<Int8>
  /// `[products][channels]`: what turns points into bytes.
  private let factors: Buffer<Int16>
  /// `[groups][panels a group][groups of products][panel width]`.
  private let scale: FloatBuffer
  /// `[groups][panels a group][outputs of a tile][panel width]`.
  private let bias: FloatBuffer

  public static func supports(_ geometry: Convolution.Geometry) -> Bool {
    geometry.stride == 1 && (geometry.kernel == 3 || geometry.kernel == 5)
      && geometry.inputChannels / geometry.groups % 4 == 0
  }

  private static let productGroups = Int(U8S8_WINOGRAD_GROUPS)
  /// Outputs of a tile, two by two.
  private static let tileOutputs = 4
  /// About as many bytes of points as stay in the second-level cache beside a panel.
  private static let stripBytes = 320 << 10

  private static func products(_ geometry: Convolution.Geometry) -> Int {
    WinogradPoints.products(window: geometry.kernel)
  }

  /// - Parameters:
  ///   - weights: `[out, in, height, width]`.
  ///   - bias: one value a filter, in real numbers.
  ///   - inputScale: what one step of an input byte is worth.
  ///   - outputScale: what one step of an output byte is worth.
  ///   - points: what is known of the input.
  public init(
    _ geometry: Convolution.Geometry, weights: QuantizedWeights, bias: [Float], inputScale: Float,
    outputScale: Float, points: WinogradPoints, kernels: InstructionSet = .best
  ) {
    precondition(Self.supports(geometry))
    precondition(weights.values.count == geometry.weightDimensions.reduce(1, *))
    precondition(weights.scales.count == geometry.filters && bias.count == geometry.filters)
    precondition(inputScale > 0 && outputScale > 0)
    precondition(points.means.count == geometry.inputChannels)
    precondition(points.ranges.count == Self.products(geometry) * geometry.inputChannels)
    self.geometry = geometry
    self.kernels = kernels
    let width = kernels.bytePanelWidth
    let panelCount = geometry.groups * Self.panelsAGroup(geometry, kernels)
    panels = Buffer(count: panelCount * Self.panelSize(geometry, kernels))
    scale = FloatBuffer(count: panelCount * Self.productGroups * width)
    self.bias = FloatBuffer(count: panelCount * Self.tileOutputs * width)
    factors = Buffer(Self.factors(geometry, points, inputScale: inputScale))
    let means = points.means.map { $0 / inputScale }
    for panel in 0..<panelCount {
      pack(panel, weights, means: means)
      for column in 0..<filters(panel).count {
        let filter = filters(panel).lowerBound + column
        let step = weights.scales[filter] * inputScale / outputScale
        // SAFETY: the buffers were sized for these panels just above.
        for group in 0..<Self.productGroups {
          unsafe scale.base[(panel * Self.productGroups + group) * width + column] *= step
        }
        for output in 0..<Self.tileOutputs {
          let target = unsafe self.bias.base + (panel * Self.tileOutputs + output) * width + column
          unsafe target.pointee = target.pointee * step + bias[filter] / outputScale
        }
      }
    }
  }

  /// 2^15 over the steps of the points, in steps of the input: at least one of these.
  private static func factors(
    _ geometry: Convolution.Geometry, _ points: WinogradPoints, inputScale: Float
  ) -> [Int16] {
    let (window, channels) = (geometry.kernel, geometry.inputChannels)
    let side = window == 3 ? 4 : 7
    var factors = [Int16](repeating: 0, count: points.ranges.count)
    for down in 0..<side {
      for across in 0..<side {
        let adds =
          u8s8_winograd_adds(window, down) != 0 && u8s8_winograd_adds(window, across) != 0
        let place = u8s8_winograd_place(window, down, across) * channels
        for index in place..<place + channels {
          let step = points.ranges[index] / (adds ? 255 : 127) / inputScale
          factors[index] = Int16(max(1, min(32767, (32768 / max(1, step)).rounded())))
        }
      }
    }
    return factors
  }

  /// The filters of a panel.
  private func filters(_ panel: Int) -> Range<Int> {
    let perGroup = geometry.filters / geometry.groups
    let (group, index) = panel.quotientAndRemainder(
      dividingBy: Self.panelsAGroup(geometry, kernels))
    let first = index * kernels.bytePanelWidth
    return group * perGroup + first..<group * perGroup
      + min(first + kernels.bytePanelWidth, perGroup)
  }

  /// Writes one panel, with its scales and its corrections for a bias.
  private func pack(_ panel: Int, _ weights: QuantizedWeights, means: [Float]) {
    let width = kernels.bytePanelWidth
    let depth = geometry.inputChannels / geometry.groups
    let filters = filters(panel)
    let firstChannel = filters.lowerBound / (geometry.filters / geometry.groups) * depth
    let products = Self.products(geometry)
    let steps = FloatBuffer(
      (0..<products * depth).map { index in
        let (product, channel) = index.quotientAndRemainder(dividingBy: depth)
        // SAFETY: the buffer holds a factor for each product and channel.
        return unsafe 32768
          / Float(factors.base[product * geometry.inputChannels + firstChannel + channel])
      })
    let scratch = FloatBuffer(
      count: u8s8_winograd_scratch_size(geometry.kernel, depth, width))
    // SAFETY: the buffers were sized for these panels, and the weights for these filters, in `init`.
    unsafe weights.values.withUnsafeBufferPointer { values in
      unsafe means.withUnsafeBufferPointer { means in
        guard let values = values.baseAddress, let means = means.baseAddress else { return }
        var arguments = unsafe u8s8_winograd_weights()
        unsafe arguments.weights =
          values + filters.lowerBound * depth * geometry.kernel * geometry.kernel
        unsafe arguments.outputs = filters.count
        unsafe arguments.depth = depth
        unsafe arguments.window = geometry.kernel
        unsafe arguments.steps = UnsafePointer(steps.base)
        unsafe arguments.means = means + firstChannel
        unsafe arguments.panel = panels.base + panel * Self.panelSize(geometry, kernels)
        unsafe arguments.scales = scale.base + panel * Self.productGroups * width
        unsafe arguments.corrections = bias.base + panel * Self.tileOutputs * width
        unsafe arguments.scratch = scratch.base
        unsafe kernels.winogradWeights(&arguments)
      }
    }
  }

  private static func panelsAGroup(
    _ geometry: Convolution.Geometry, _ kernels: InstructionSet
  ) -> Int {
    panel_count(geometry.filters / geometry.groups, kernels.bytePanelWidth)
  }

  private static func panelSize(
    _ geometry: Convolution.Geometry, _ kernels: InstructionSet
  ) -> Int {
    u8s8_winograd_panel_size(
      geometry.kernel, geometry.inputChannels / geometry.groups, kernels.bytePanelWidth)
  }

  /// Bytes of the weights in the form that is read.
  public var weightBytes: Int { panels.byteCount }

  /// Tiles of two outputs along a side.
  private static func tiles(_ extent: Int) -> Int { (extent + 1) / 2 }

  /// How many strips of rows of tiles a map is cut into.
  private func strips(tileRows: Int, tiles: Int) -> Int {
    let rowBytes = Self.products(geometry) * tiles * geometry.inputChannels
    let rowsAStrip = max(1, Self.stripBytes / rowBytes)
    return (tileRows + rowsAStrip - 1) / rowsAStrip
  }

  /// Bytes of scratch memory that ``run(_:_:images:scratch:pool:)`` needs for an output of this size.
  public func scratchCount(outputHeight: Int, outputWidth: Int) -> Int {
    let (tileRows, tiles) = (Self.tiles(outputHeight), Self.tiles(outputWidth))
    let strips = strips(tileRows: tileRows, tiles: tiles)
    return Self.products(geometry) * ((tileRows + strips - 1) / strips) * tiles
      * geometry.inputChannels
  }

  /// Rows of tiles that are turned into points and multiplied together.
  private struct Strip {
    let rows: Range<Int>
    /// Tiles of a row.
    let tiles: Int
    let scratch: Buffer<UInt8>

    var tileCount: Int { rows.count * tiles }
  }

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
    let (tileRows, tiles) = (Self.tiles(output.height), Self.tiles(output.width))
    let strips = strips(tileRows: tileRows, tiles: tiles)
    for index in 0..<images * strips {
      let (image, index) = index.quotientAndRemainder(dividingBy: strips)
      let strip = Strip(
        rows: index * tileRows / strips..<(index + 1) * tileRows / strips, tiles: tiles,
        scratch: scratch)
      let blocks = (strip.tileCount + kernels.byteWinogradRows - 1) / kernels.byteWinogradRows
      let parts = pool.threads == 1 ? 1 : min(blocks, 2 * pool.threads)
      pool.run(strip.rows.count) { row in transform(input, image: image, row: row, of: strip) }
      withOffsets(of: strip, in: output) { offsets in
        pool.run(panelCount * parts) { task in
          let (panel, part) = task.quotientAndRemainder(dividingBy: parts)
          for block in part * blocks / parts..<(part + 1) * blocks / parts {
            // Equal blocks.
            let first = block * strip.tileCount / blocks
            let end = (block + 1) * strip.tileCount / blocks
            unsafe multiply(
              first..<end, of: strip, output, offsets.base, image: image, panel: panel)
          }
        }
      }
    }
  }

  private func transform(_ input: ByteMap, image: Int, row: Int, of strip: Strip) {
    let y = 2 * (strip.rows.lowerBound + row)
    // SAFETY: the map with its border holds the rows and columns that are named, and `scratch` the
    // points, as `run` checked; tasks write disjoint rows.
    var arguments = unsafe u8_winograd_input()
    unsafe arguments.input = UnsafePointer(
      input.pixel(image, y - geometry.padding, -geometry.padding))
    unsafe arguments.row_stride = input.rowStride
    unsafe arguments.rows = input.height + 2 * geometry.padding - y
    unsafe arguments.columns = input.width + 2 * geometry.padding
    unsafe arguments.channels = input.channels
    unsafe arguments.tiles = strip.tiles
    unsafe arguments.window = geometry.kernel
    unsafe arguments.factors = UnsafePointer(factors.base)
    unsafe arguments.points = strip.scratch.base + row * strip.tiles * input.channels
    unsafe arguments.point_stride = strip.tileCount * input.channels
    unsafe kernels.winogradInput(&arguments)
  }

  /// Calls `body` with where a strip's outputs go in an image, `[tiles][outputs of a tile]`; -1 for those that
  /// nobody wants.
  private func withOffsets(
    of strip: Strip, in output: ByteMap, _ body: (SharedPointer<Int>) -> Void
  ) {
    unsafe withUnsafeTemporaryAllocation(
      of: Int.self, capacity: Self.tileOutputs * strip.tileCount
    ) { offsets in
      guard let base = offsets.baseAddress else { return }
      var index = 0
      for row in strip.rows {
        for column in 0..<strip.tiles {
          for place in 0..<Self.tileOutputs {
            let (y, x) = (2 * row + place / 2, 2 * column + place % 2)
            let isInside = y < output.height && x < output.width
            // SAFETY: there is room for every output of every tile.
            unsafe base[index] = isInside ? y * output.rowStride + x * output.channels : -1
            index += 1
          }
        }
      }
      unsafe body(SharedPointer(UnsafePointer(base)))
    }
  }

  /// Multiplies tiles of a strip, in the order of its rows, with a panel.
  @unsafe private func multiply(
    _ range: Range<Int>, of strip: Strip, _ output: ByteMap, _ offsets: UnsafePointer<Int>,
    image: Int, panel: Int
  ) {
    let width = kernels.bytePanelWidth
    let depth = geometry.inputChannels / geometry.groups
    let filters = filters(panel)
    let firstChannel = filters.lowerBound / (geometry.filters / geometry.groups) * depth
    // SAFETY: the tiles lie inside `scratch`, and the wanted outputs inside the map; tasks write disjoint
    // outputs.
    var arguments = unsafe u8s8_winograd()
    unsafe arguments.a = UnsafePointer(
      strip.scratch.base + range.lowerBound * geometry.inputChannels + firstChannel)
    unsafe arguments.a_tile_stride = geometry.inputChannels
    unsafe arguments.a_point_stride = strip.tileCount * geometry.inputChannels
    unsafe arguments.window = geometry.kernel
    unsafe arguments.run = depth / 4
    unsafe arguments.b = UnsafePointer(panels.base + panel * Self.panelSize(geometry, kernels))
    unsafe arguments.scale = UnsafePointer(scale.base + panel * Self.productGroups * width)
    unsafe arguments.bias = UnsafePointer(bias.base + panel * Self.tileOutputs * width)
    unsafe arguments.c = output.pixel(image, 0, 0) + filters.lowerBound
    unsafe arguments.offsets = offsets + Self.tileOutputs * range.lowerBound
    unsafe arguments.rows = range.count
    unsafe arguments.columns = filters.count
    unsafe kernels.winograd(&arguments)
  }
}
