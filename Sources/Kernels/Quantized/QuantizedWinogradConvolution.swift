import CKernels
public import Threads

/// ``QuantizedConvolution`` with Winograd's algorithm F(2x2, 3x3). It needs 2.25 times fewer
/// multiplications for windows of 3, and half as many for windows of 5.
///
/// The transformed inputs of a tile, its points, are rounded to bytes a second time, with the step
/// that ``WinogradPoints`` gives for each point and channel. The transformed weights are rounded
/// too.
public struct QuantizedWinogradConvolution: Sendable {
  public let geometry: Convolution.Geometry
  private let kernels: InstructionSet
  /// `[groups][panels a group]`, each panel as `u8s8_winograd_weights` writes it.
  private let panels: ConstantBuffer<Int8>
  /// `[products][channels]`: factors that turn points into bytes.
  private let factors: ConstantBuffer<Int16>
  /// `[groups][panels a group][groups of products][panel width]`.
  private let scale: ConstantBuffer<Float>
  /// `[groups][panels a group][outputs of a tile][panel width]`.
  private let bias: ConstantBuffer<Float>

  public static func supports(_ geometry: Convolution.Geometry) -> Bool {
    geometry.stride == 1 && (geometry.kernel == 3 || geometry.kernel == 5)
      && geometry.inputChannels / geometry.groups % 4 == 0
  }

  private static let productGroups = Int(U8S8_WINOGRAD_GROUPS)
  /// The number of outputs of a tile, which has two rows and two columns.
  private static let tileOutputs = 4
  /// About how many bytes of points fit into the second-level cache together with a panel.
  private static let stripBytes = 320 << 10

  private static func products(_ geometry: Convolution.Geometry) -> Int {
    WinogradPoints.products(window: geometry.kernel)
  }

  /// - Parameters:
  ///   - weights: `[out, in, height, width]`.
  ///   - bias: one value a filter, in real numbers.
  ///   - inputScale: the real value of one step of an input byte.
  ///   - outputScale: the real value of one step of an output byte.
  ///   - points: the measured ranges of the input's points.
  public init(
    _ geometry: Convolution.Geometry, weights: QuantizedWeights, bias: [Float], inputScale: Float,
    outputScale: Float, points: WinogradPoints, kernels: InstructionSet = .best
  ) {
    precondition(Self.supports(geometry))
    precondition(weights.values.count == geometry.weightDimensions.reduce(1, *))
    precondition(weights.scales.count == geometry.filters && bias.count == geometry.filters)
    let (inputScale, outputScale) = (inputScale.asStep, outputScale.asStep)
    precondition(points.means.count == geometry.inputChannels)
    precondition(points.ranges.count == Self.products(geometry) * geometry.inputChannels)
    self.geometry = geometry
    self.kernels = kernels
    let width = kernels.bytePanelWidth
    let panelCount = geometry.groups * Self.panelsAGroup(geometry, kernels)
    let panels = Buffer<Int8>(count: panelCount * Self.panelSize(geometry, kernels))
    let scale = FloatBuffer(count: panelCount * Self.productGroups * width)
    let scaledBias = FloatBuffer(count: panelCount * Self.tileOutputs * width)
    factors = ConstantBuffer(Self.factors(geometry, points, inputScale: inputScale))
    let means = points.means.map { $0 / inputScale }
    for panel in 0..<panelCount {
      let filters = Self.filters(panel, geometry, kernels)
      // SAFETY: the buffers were sized for these panels just above.
      unsafe Self.pack(
        filters, weights, means: means, factors, geometry, kernels,
        panel: panels.base + panel * Self.panelSize(geometry, kernels),
        scales: scale.base + panel * Self.productGroups * width,
        corrections: scaledBias.base + panel * Self.tileOutputs * width)
      for (column, filter) in filters.enumerated() {
        let step = weights.scales[filter] * inputScale / outputScale
        for group in 0..<Self.productGroups {
          unsafe scale.base[(panel * Self.productGroups + group) * width + column] *= step
        }
        for output in 0..<Self.tileOutputs {
          let target = unsafe scaledBias.base + (panel * Self.tileOutputs + output) * width + column
          unsafe target.pointee = target.pointee * step + bias[filter] / outputScale
        }
      }
    }
    self.panels = unsafe ConstantBuffer(adopting: panels)
    self.scale = unsafe ConstantBuffer(adopting: scale)
    self.bias = unsafe ConstantBuffer(adopting: scaledBias)
  }

  /// 2^15 divided by the step of each point and channel. A step is at least one step of the input.
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
          // A range that is NaN has the smallest step.
          let factor = 32768 / (step > 1 ? step : 1)
          factors[index] = Int16(max(1, min(32767, factor.rounded())))
        }
      }
    }
    return factors
  }

  /// The filters of a panel.
  private static func filters(
    _ panel: Int, _ geometry: Convolution.Geometry, _ kernels: InstructionSet
  ) -> Range<Int> {
    let perGroup = geometry.filters / geometry.groups
    let (group, index) = panel.quotientAndRemainder(
      dividingBy: panelsAGroup(geometry, kernels))
    let first = index * kernels.bytePanelWidth
    return group * perGroup + first..<group * perGroup
      + min(first + kernels.bytePanelWidth, perGroup)
  }

  /// Writes the panel of some filters, with its scales and its corrections for a bias.
  @unsafe private static func pack(
    _ filters: Range<Int>, _ weights: QuantizedWeights, means: [Float],
    _ factors: ConstantBuffer<Int16>, _ geometry: Convolution.Geometry, _ kernels: InstructionSet,
    panel: UnsafeMutablePointer<Int8>, scales: UnsafeMutablePointer<Float>,
    corrections: UnsafeMutablePointer<Float>
  ) {
    let width = kernels.bytePanelWidth
    let depth = geometry.inputChannels / geometry.groups
    let firstChannel = filters.lowerBound / (geometry.filters / geometry.groups) * depth
    let products = products(geometry)
    let steps = FloatBuffer(
      (0..<products * depth).map { index in
        let (product, channel) = index.quotientAndRemainder(dividingBy: depth)
        // SAFETY: the buffer holds a factor for each product and channel.
        return unsafe 32768
          / Float(factors.base[product * geometry.inputChannels + firstChannel + channel])
      })
    let scratch = FloatBuffer(
      count: u8s8_winograd_scratch_size(geometry.kernel, depth, width))
    // SAFETY: the buffers were sized for these panels, and the weights for these filters, in
    // `init`.
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
        unsafe arguments.panel = panel
        unsafe arguments.scales = scales
        unsafe arguments.corrections = corrections
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

  /// The number of tiles along a side of the output.
  private static func tiles(_ extent: Int) -> Int { (extent + 1) / 2 }

  /// How many strips of rows of tiles a map is cut into.
  private func strips(tileRows: Int, tiles: Int) -> Int {
    let rowBytes = Self.products(geometry) * tiles * geometry.inputChannels
    let rowsAStrip = max(1, Self.stripBytes / rowBytes)
    return (tileRows + rowsAStrip - 1) / rowsAStrip
  }

  /// Bytes of scratch memory that ``run(_:_:images:scratch:pool:)`` needs for an output of this
  /// size.
  public func scratchCount(outputHeight: Int, outputWidth: Int) -> Int {
    let (tileRows, tiles) = (Self.tiles(outputHeight), Self.tiles(outputWidth))
    let strips = strips(tileRows: tileRows, tiles: tiles)
    return Self.products(geometry) * ((tileRows + strips - 1) / strips) * tiles
      * geometry.inputChannels
  }

  /// Rows of tiles that are transformed and multiplied at a time.
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
      unsafe pool.runUnchecked(strip.rows.count) { row in
        transform(input, image: image, row: row, of: strip)
      }
      unsafe withOffsets(of: strip, in: output, pool.scratch) { offsets in
        unsafe pool.runUnchecked(panelCount * parts) { task in
          let (panel, part) = task.quotientAndRemainder(dividingBy: parts)
          for block in part * blocks / parts..<(part + 1) * blocks / parts {
            // Equal blocks.
            let first = block * strip.tileCount / blocks
            let end = (block + 1) * strip.tileCount / blocks
            unsafe multiply(
              first..<end, of: strip, output, offsets, image: image, panel: panel)
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

  /// Calls `body` with the offsets of a strip's outputs in an image, `[tiles][outputs of a tile]`;
  /// -1 for outputs outside the image.
  @unsafe private func withOffsets(
    of strip: Strip, in output: ByteMap, _ scratch: ScratchMemory,
    _ body: (UnsafePointer<Int>) -> Void
  ) {
    unsafe scratch.withValues(of: Int.self, Self.tileOutputs * strip.tileCount) { base in
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
      unsafe body(UnsafePointer(base))
    }
  }

  /// Multiplies tiles of a strip, in the order of its rows, with a panel.
  @unsafe private func multiply(
    _ range: Range<Int>, of strip: Strip, _ output: ByteMap, _ offsets: UnsafePointer<Int>,
    image: Int, panel: Int
  ) {
    let width = kernels.bytePanelWidth
    let depth = geometry.inputChannels / geometry.groups
    let filters = Self.filters(panel, geometry, kernels)
    let firstChannel = filters.lowerBound / (geometry.filters / geometry.groups) * depth
    // SAFETY: the tiles lie inside `scratch`, and the wanted outputs inside the map; tasks write
    // disjoint outputs.
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
