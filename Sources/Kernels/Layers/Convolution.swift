import CKernels
public import Threads

/// A convolution with its weights packed for the kernels of one instruction set.
///
/// The convolution is direct: each GEMM tile reads its windows from the padded input without
/// copying them. A tile is a few neighbouring pixels of one output row times one panel of filters.
/// The values of a window's row are contiguous. If there are several groups, only those of one
/// pixel are.
public struct Convolution: Sendable {
  /// The shape of a convolution, without its weights.
  public struct Geometry: Sendable, Hashable {
    public var inputChannels: Int
    public var filters: Int
    /// Height and width of the window.
    public var kernel: Int
    public var stride: Int
    public var padding: Int
    public var groups: Int

    public init(
      inputChannels: Int, filters: Int, kernel: Int, stride: Int, padding: Int, groups: Int
    ) {
      precondition(inputChannels % groups == 0 && filters % groups == 0)
      self.inputChannels = inputChannels
      self.filters = filters
      self.kernel = kernel
      self.stride = stride
      self.padding = padding
      self.groups = groups
    }

    /// The height or width of the output for a height or width of the input, rounded down.
    public func outputExtent(_ input: Int) -> Int {
      (input + 2 * padding - kernel) / stride + 1
    }

    /// `[out, in, height, width]`.
    public var weightDimensions: [Int] { [filters, inputChannels / groups, kernel, kernel] }
  }

  public let geometry: Geometry
  private let relu: Bool
  private let kernels: InstructionSet
  /// `[groups][panels a group][kernel, kernel, depth][panel width]`.
  private let panels: ConstantBuffer<Float>
  /// `[groups][panels a group][panel width]`.
  private let bias: ConstantBuffer<Float>

  /// - Parameters:
  ///   - weights: `[out, in, height, width]` as ``Geometry/weightDimensions`` says.
  ///   - bias: one value a filter.
  public init(
    _ geometry: Geometry, weights: [Float], bias: [Float], relu: Bool,
    kernels: InstructionSet = .best
  ) {
    precondition(weights.count == geometry.weightDimensions.reduce(1, *))
    self.init(geometry, bias: bias, relu: relu, kernels: kernels) { filters, target in
      let start = filters.lowerBound * (weights.count / geometry.filters)
      for index in target.indices { target[index] = weights[start + index] }
    }
  }

  /// - Parameters:
  ///   - bias: one value a filter.
  ///   - weights: writes the weights of some filters, `[out, in, height, width]`.
  /// - Throws: what `weights` throws.
  public init<Failure: Error>(
    _ geometry: Geometry, bias: [Float], relu: Bool, kernels: InstructionSet = .best,
    weights: (Range<Int>, inout MutableSpan<Float>) throws(Failure) -> Void
  ) throws(Failure) {
    precondition(bias.count == geometry.filters)
    self.geometry = geometry
    self.relu = relu
    self.kernels = kernels
    let filters = geometry.filters / geometry.groups
    let depth = geometry.inputChannels / geometry.groups
    let area = geometry.kernel * geometry.kernel
    let width = kernels.panelWidth
    let panelsAGroup = Self.panelCount(filters, kernels)
    let panels = FloatBuffer(
      count: geometry.groups * f32_panels_size(filters, depth, area, width))
    let paddedBias = FloatBuffer(count: geometry.groups * panelsAGroup * width)
    // One panel's weights at a time, which stay in the cache.
    let rows = FloatBuffer(count: width * area * depth)
    for panel in 0..<geometry.groups * panelsAGroup {
      let (group, panelOfGroup) = panel.quotientAndRemainder(dividingBy: panelsAGroup)
      let first = group * filters + panelOfGroup * width
      let panelFilters = first..<min(first + width, (group + 1) * filters)
      let count = panelFilters.count * area * depth
      try rows.withMutableSpan(0..<count) { (span) throws(Failure) in
        try weights(panelFilters, &span)
      }
      // SAFETY: both buffers were sized for these panels just above.
      unsafe f32_pack_panels(
        rows.base, panelFilters.count, depth, area, width,
        panels.base + panel * width * area * depth)
      for (column, filter) in panelFilters.enumerated() {
        unsafe paddedBias.base[panel * width + column] = bias[filter]
      }
    }
    self.panels = unsafe ConstantBuffer(adopting: panels)
    self.bias = unsafe ConstantBuffer(adopting: paddedBias)
  }

  private static func panelCount(_ filters: Int, _ kernels: InstructionSet) -> Int {
    panel_count(filters, kernels.panelWidth)
  }

  /// Bytes of the packed weights.
  public var weightBytes: Int { panels.byteCount }

  /// Convolves the first `images` images of `input` into `output`, split over `pool`.
  ///
  /// `input` must have a border of at least the geometry's padding.
  public func run(_ input: FeatureMap, _ output: FeatureMap, images: Int, pool: WorkerPool) {
    precondition(images <= input.images && images <= output.images)
    precondition(input.channels == geometry.inputChannels && output.channels == geometry.filters)
    precondition(input.padding >= geometry.padding)
    precondition(output.height == geometry.outputExtent(input.height))
    precondition(output.width == geometry.outputExtent(input.width))

    let panelsAGroup = Self.panelCount(geometry.filters / geometry.groups, kernels)
    // With many images, a task is one image. With few, it is some rows, so that every thread has a
    // few tasks.
    let parts = images >= 2 * pool.threads ? 1 : min(output.height, 4 * pool.threads)
    let rowsAPart = (output.height + parts - 1) / parts
    let partCount = (output.height + rowsAPart - 1) / rowsAPart
    let panelCount = geometry.groups * panelsAGroup
    func run(_ panel: Int, _ image: Int, _ rows: Range<Int>) {
      let (group, panelOfGroup) = panel.quotientAndRemainder(dividingBy: panelsAGroup)
      self.run(input, output, image: image, rows: rows, group: group, panel: panelOfGroup)
    }
    func rows(ofPart part: Int) -> Range<Int> {
      part * rowsAPart..<min((part + 1) * rowsAPart, output.height)
    }
    if panels.count <= Self.cachedPanels {
      // All panels stay in the second-level cache, and so do a few rows of the maps while all
      // panels meet them: maps are read and written once.
      unsafe pool.runUnchecked(images * partCount) { task in
        let (image, part) = task.quotientAndRemainder(dividingBy: partCount)
        let rows = rows(ofPart: part)
        for first in stride(from: rows.lowerBound, to: rows.upperBound, by: 4) {
          for panel in 0..<panelCount {
            run(panel, image, first..<min(first + 4, rows.upperBound))
          }
        }
      }
      return
    }
    // The panel is the outermost index: a panel stays in the cache while all pixels are multiplied
    // with it.
    unsafe pool.runUnchecked(panelCount * images * partCount) { task in
      let (panel, rest) = task.quotientAndRemainder(dividingBy: images * partCount)
      let (image, part) = rest.quotientAndRemainder(dividingBy: partCount)
      run(panel, image, rows(ofPart: part))
    }
  }

  /// The most values of all panels together that are taken to stay in a second-level cache.
  private static let cachedPanels = 1 << 16

  private func run(
    _ input: FeatureMap, _ output: FeatureMap, image: Int, rows: Range<Int>, group: Int,
    panel: Int
  ) {
    let width = kernels.panelWidth
    let filters = geometry.filters / geometry.groups
    let depth = geometry.inputChannels / geometry.groups
    let panelIndex = group * Self.panelCount(filters, kernels) + panel
    let firstFilter = panel * width
    // Equal parts of an output row: 27 pixels are 14 and 13, never 14 and 12 and 1.
    let tiles = (output.width + kernels.tileRows - 1) / kernels.tileRows

    // SAFETY: `run` checked the maps against the geometry, so that every window lies inside the
    // padded input and every tile inside the output; tasks write disjoint tiles.
    var tile = unsafe f32_gemm()
    unsafe tile.a_row_stride = geometry.stride * input.channels
    unsafe tile.outer = geometry.kernel
    unsafe tile.a_outer_stride = input.rowStride
    if geometry.groups == 1 {
      unsafe tile.inner = 1
      unsafe tile.run = geometry.kernel * depth
    } else {
      unsafe tile.inner = geometry.kernel
      unsafe tile.a_inner_stride = input.channels
      unsafe tile.run = depth
    }
    unsafe tile.b = UnsafePointer(
      panels.base + panelIndex * width * geometry.kernel * geometry.kernel * depth)
    unsafe tile.c_row_stride = output.channels
    unsafe tile.columns = min(width, filters - firstFilter)
    unsafe tile.column_bias = UnsafePointer(bias.base + panelIndex * width)
    unsafe tile.relu = relu ? 1 : 0
    for y in rows {
      for index in 0..<tiles {
        let x = index * output.width / tiles
        unsafe tile.rows = (index + 1) * output.width / tiles - x
        unsafe tile.a = UnsafePointer(
          input.pixel(
            image, y * geometry.stride - geometry.padding,
            x * geometry.stride - geometry.padding) + group * depth)
        unsafe tile.c = output.pixel(image, y, x) + group * filters + firstFilter
        unsafe kernels.gemm(&tile)
      }
    }
  }
}
