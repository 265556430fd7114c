import CKernels
public import Threads

/// A convolution with ReLU over 8-bit activations and weights, summed in int32.
///
/// The convolution is direct, like ``Convolution``. The sums are scaled, rounded to nearest and
/// clamped to 0 to 255, which also is the ReLU.
public struct QuantizedConvolution: Sendable {
  public let geometry: Convolution.Geometry
  private let kernels: InstructionSet
  /// `[groups][panels a group]`, each panel as `u8s8_pack_panels` writes it.
  private let panels: ConstantBuffer<Int8>
  private let scale: ConstantBuffer<Float>
  private let bias: ConstantBuffer<Float>

  /// Whether the kernels support `geometry`: with groups, each group's channels must be a multiple
  /// of 4.
  public static func supports(_ geometry: Convolution.Geometry) -> Bool {
    geometry.groups == 1 || geometry.inputChannels / geometry.groups % 4 == 0
  }

  /// - Parameters:
  ///   - weights: `[out, in, height, width]`.
  ///   - bias: one value a filter, in real numbers.
  ///   - inputScale: the real value of one step of an input byte.
  ///   - outputScale: the real value of one step of an output byte.
  public init(
    _ geometry: Convolution.Geometry, weights: QuantizedWeights, bias: [Float], inputScale: Float,
    outputScale: Float, kernels: InstructionSet = .best
  ) {
    precondition(Self.supports(geometry))
    precondition(weights.values.count == geometry.weightDimensions.reduce(1, *))
    precondition(weights.scales.count == geometry.filters && bias.count == geometry.filters)
    let (inputScale, outputScale) = (inputScale.asStep, outputScale.asStep)
    self.geometry = geometry
    self.kernels = kernels
    let (filters, depth) = (
      geometry.filters / geometry.groups, geometry.inputChannels / geometry.groups
    )
    let panelsAGroup = Self.panelCount(filters, kernels)
    let panelSize = Self.panelSize(geometry, kernels)
    let paddedFilters = panelsAGroup * kernels.bytePanelWidth
    let panels = Buffer<Int8>(count: geometry.groups * panelsAGroup * panelSize)
    let scale = FloatBuffer(count: geometry.groups * paddedFilters)
    let scaledBias = FloatBuffer(count: geometry.groups * paddedFilters)
    for group in 0..<geometry.groups {
      // SAFETY: the buffers were sized for these panels just above.
      unsafe weights.values.withUnsafeBufferPointer { source in
        guard let source = source.baseAddress else { return }
        unsafe u8s8_pack_panels(
          source + group * filters * depth * geometry.kernel * geometry.kernel, filters, depth,
          geometry.kernel, kernels.bytePanelWidth, geometry.groups > 1 ? 1 : 0,
          panels.base + group * panelsAGroup * panelSize)
      }
      for filter in 0..<filters {
        let source = group * filters + filter
        let target = group * paddedFilters + filter
        unsafe scale.base[target] = weights.scales[source] * inputScale / outputScale
        unsafe scaledBias.base[target] = bias[source] / outputScale
      }
    }
    self.panels = unsafe ConstantBuffer(adopting: panels)
    self.scale = unsafe ConstantBuffer(adopting: scale)
    self.bias = unsafe ConstantBuffer(adopting: scaledBias)
  }

  private static func panelCount(_ filters: Int, _ kernels: InstructionSet) -> Int {
    panel_count(filters, kernels.bytePanelWidth)
  }

  /// Groups of four values in a run.
  private static func runGroups(_ geometry: Convolution.Geometry) -> Int {
    let depth = geometry.inputChannels / geometry.groups
    return u8s8_run_groups(depth, geometry.kernel, geometry.groups > 1 ? 1 : 0)
  }

  private static func panelSize(
    _ geometry: Convolution.Geometry, _ kernels: InstructionSet
  ) -> Int {
    u8s8_panel_size(
      geometry.inputChannels / geometry.groups, geometry.kernel, kernels.bytePanelWidth,
      geometry.groups > 1 ? 1 : 0)
  }

  /// Bytes of the packed weights.
  public var weightBytes: Int { panels.byteCount }

  /// Convolves an image of `input` into `output`, split over `pool`.
  ///
  /// `input` must have a border of at least the geometry's padding.
  public func run(_ input: ByteMap, _ output: ByteMap, images: Int, pool: WorkerPool) {
    precondition(images <= input.images && images <= output.images)
    precondition(input.channels == geometry.inputChannels && output.channels == geometry.filters)
    precondition(input.padding >= geometry.padding)
    precondition(output.height == geometry.outputExtent(input.height))
    precondition(output.width == geometry.outputExtent(input.width))
    let panelsAGroup = Self.panelCount(geometry.filters / geometry.groups, kernels)
    let parts = images >= 2 * pool.threads || pool.threads == 1 ? 1 : 4 * pool.threads
    let rowsAPart = (output.height + parts - 1) / parts
    let partCount = (output.height + rowsAPart - 1) / rowsAPart
    unsafe pool.runUnchecked(geometry.groups * panelsAGroup * images * partCount) { task in
      let (panel, rest) = task.quotientAndRemainder(dividingBy: images * partCount)
      let (image, part) = rest.quotientAndRemainder(dividingBy: partCount)
      let rows = part * rowsAPart..<min((part + 1) * rowsAPart, output.height)
      let (group, panelOfGroup) = panel.quotientAndRemainder(dividingBy: panelsAGroup)
      run(input, output, image: image, rows: rows, group: group, panel: panelOfGroup)
    }
  }

  private func run(
    _ input: ByteMap, _ output: ByteMap, image: Int, rows: Range<Int>, group: Int, panel: Int
  ) {
    let width = kernels.bytePanelWidth
    let filters = geometry.filters / geometry.groups
    let depth = geometry.inputChannels / geometry.groups
    let panelIndex = group * Self.panelCount(filters, kernels) + panel
    let firstFilter = panel * width
    let tiles = (output.width + kernels.byteTileRows - 1) / kernels.byteTileRows

    // SAFETY: as in `Convolution`. Up to three bytes past a window are read. They are in the map,
    // or in the three bytes after it, which may be read.
    var tile = unsafe u8s8_convolution()
    unsafe tile.a_row_stride = geometry.stride * input.channels
    unsafe tile.outer = geometry.kernel
    unsafe tile.a_outer_stride = input.rowStride
    unsafe tile.inner = geometry.groups > 1 ? geometry.kernel : 1
    unsafe tile.a_inner_stride = input.channels
    unsafe tile.run = Self.runGroups(geometry)
    unsafe tile.b = UnsafePointer(panels.base + panelIndex * Self.panelSize(geometry, kernels))
    unsafe tile.scale = UnsafePointer(scale.base + panelIndex * width)
    unsafe tile.bias = UnsafePointer(bias.base + panelIndex * width)
    unsafe tile.c_row_stride = output.channels
    unsafe tile.columns = min(width, filters - firstFilter)
    for y in rows {
      for index in 0..<tiles {
        let x = index * output.width / tiles
        unsafe tile.rows = (index + 1) * output.width / tiles - x
        unsafe tile.a = UnsafePointer(
          input.pixel(
            image, y * geometry.stride - geometry.padding, x * geometry.stride - geometry.padding)
            + group * depth)
        unsafe tile.c = output.pixel(image, y, x) + group * filters + firstFilter
        unsafe kernels.convolution(&tile)
      }
    }
  }
}
