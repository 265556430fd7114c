/// The shapes and the cost of one layer, computed from the architecture.
public struct LayerSummary: Sendable, Hashable {
  public let layer: LayerSpec
  /// The channels, height and width of the layer's input.
  public let input: Extent
  /// The channels, height and width of the layer's output.
  public let output: Extent
  /// The shape of the layer's weights: `[out, in / groups, height, width]` for a convolution,
  /// `[out, in]` for a fully connected layer, nil for a layer without weights.
  public let weightDimensions: [Int]?
  /// The number of weights and biases.
  public let parameters: Int
  /// The number of multiply-adds for one image.
  public let multiplyAdds: Int

  /// The extents of one image's activations.
  public struct Extent: Sendable, Hashable {
    public let channels: Int
    public let height: Int
    public let width: Int

    public init(channels: Int, height: Int, width: Int) {
      self.channels = channels
      self.height = height
      self.width = width
    }

    /// The number of values of one image.
    public var count: Int { channels * height * width }
  }

  /// A layer's weights and biases, as tensors with names and shapes. A layer without weights has
  /// none.
  public var tensors: [TensorSpec] {
    guard let weightDimensions else { return [] }
    return [
      TensorSpec(name: layer.weightName, dimensions: weightDimensions),
      TensorSpec(name: layer.biasName, dimensions: [output.channels]),
    ]
  }
}

/// The name and the shape that a tensor of a network must have.
public struct TensorSpec: Sendable, Hashable {
  /// The tensor's name: that of its layer, and `weight` or `bias`, such as `conv1.weight`.
  public let name: String
  public let dimensions: [Int]
}

extension LayerSpec {
  /// The name of the layer's weights, such as `conv1.weight`.
  public var weightName: String { name + ".weight" }

  /// The name of the layer's biases, such as `conv1.bias`.
  public var biasName: String { name + ".bias" }
}

extension Architecture {
  /// The layers with their shapes and costs, in order.
  ///
  /// - Throws: ``ArchitectureError`` for a layer that does not fit its input, and for shapes whose
  ///   sizes are too large to count.
  public func summary() throws(ArchitectureError) -> [LayerSummary] {
    var extent = LayerSummary.Extent(
      channels: Self.inputChannels, height: inputSize, width: inputSize)
    var rows: [LayerSummary] = []
    for layer in layers {
      let row = try layer.summary(input: extent)
      rows.append(row)
      extent = row.output
    }
    return rows
  }
}

extension Architecture {
  /// Whether the layers before the fully connected ones could read pictures of this size, too.
  public func accepts(inputSize: Int) -> Bool {
    var changed = self
    changed.inputSize = inputSize
    changed.layers = layers.filter { !$0.isFullyConnected }
    return (try? changed.summary()) != nil
  }
}

extension LayerSpec {
  /// - Throws: ``ArchitectureError`` where the layer does not fit its input.
  fileprivate func summary(
    input: LayerSummary.Extent
  ) throws(ArchitectureError) -> LayerSummary {
    guard try product([input.channels, input.height, input.width]) > 0 else {
      throw impossible("its input is empty")
    }
    switch operation {
    case .convolution(let convolution):
      return try summary(convolution, input)
    case .maxPooling(let pooling):
      return try summary(pooling, input)
    case .normalization(let normalization):
      guard normalization.size > 0, normalization.size % 2 == 1 else {
        throw impossible("it sums over \(normalization.size) channels, which is no odd number")
      }
      return LayerSummary(
        layer: self, input: input, output: input, weightDimensions: nil, parameters: 0,
        multiplyAdds: 0)
    case .fullyConnected(let outputs, _, _):
      guard outputs > 0 else { throw impossible("it has no outputs") }
      return LayerSummary(
        layer: self, input: input, output: .init(channels: outputs, height: 1, width: 1),
        weightDimensions: [outputs, input.count],
        parameters: try product([outputs, input.count + 1]),
        multiplyAdds: try product([outputs, input.count]))
    }
  }

  private func summary(
    _ convolution: ConvolutionSpec, _ input: LayerSummary.Extent
  ) throws(ArchitectureError) -> LayerSummary {
    let (filters, kernel, groups) = (convolution.filters, convolution.kernel, convolution.groups)
    guard filters > 0, groups > 0, isSize(kernel), isSize(convolution.stride),
      convolution.padding == 0 || isSize(convolution.padding)
    else { throw impossible(LayerSpec.outOfRange) }
    guard input.channels % groups == 0, filters % groups == 0 else {
      throw impossible("\(input.channels) channels and \(filters) filters in \(groups) groups")
    }
    guard let height = convolution.outputSize(for: input.height),
      let width = convolution.outputSize(for: input.width)
    else {
      throw impossible("its window of \(kernel) is larger than its input of \(input.height)")
    }
    let dimensions = [filters, input.channels / groups, kernel, kernel]
    let weights = try product(dimensions)
    let (parameters, overflow) = weights.addingReportingOverflow(filters)
    guard !overflow else { throw impossible("it is too large") }
    return LayerSummary(
      layer: self, input: input, output: .init(channels: filters, height: height, width: width),
      weightDimensions: dimensions, parameters: parameters,
      multiplyAdds: try product([weights, height, width]))
  }

  private func summary(
    _ pooling: PoolingSpec, _ input: LayerSummary.Extent
  ) throws(ArchitectureError) -> LayerSummary {
    guard isSize(pooling.kernel), isSize(pooling.stride) else {
      throw impossible(LayerSpec.outOfRange)
    }
    guard let height = pooling.outputSize(for: input.height),
      let width = pooling.outputSize(for: input.width)
    else {
      throw impossible("its window of \(pooling.kernel) is larger than its input")
    }
    return LayerSummary(
      layer: self, input: input,
      output: .init(channels: input.channels, height: height, width: width),
      weightDimensions: nil, parameters: 0, multiplyAdds: 0)
  }

  private static let outOfRange = "its numbers must be positive, and sizes below \(sizeLimit)"

  private func impossible(_ reason: String) -> ArchitectureError {
    ArchitectureError(layer: name, reason: reason)
  }

  private func product(_ factors: [Int]) throws(ArchitectureError) -> Int {
    var product = 1
    for factor in factors {
      let (next, overflow) = product.multipliedReportingOverflow(by: factor)
      guard !overflow else { throw impossible("it is too large") }
      product = next
    }
    return product
  }
}

extension ConvolutionSpec {
  /// The height or width of the output for a height or width of the input; nil if no window fits
  /// into the input, or if a number is too large for an image.
  public func outputSize(for input: Int) -> Int? {
    guard isSize(input), isSize(kernel), isSize(stride), padding == 0 || isSize(padding) else {
      return nil
    }
    let room = input + 2 * padding - kernel
    return room >= 0 ? room / stride + 1 : nil
  }
}

extension PoolingSpec {
  /// The height or width of the output for a height or width of the input; nil if no window fits
  /// into the input, or if a number is too large for an image.
  ///
  /// - Parameter padding: the pixels that are added on each side.
  public func outputSize(for input: Int, padding: Int = 0) -> Int? {
    guard isSize(input), isSize(kernel), isSize(stride), padding == 0 || isSize(padding) else {
      return nil
    }
    let room = input + 2 * padding - kernel
    guard room >= 0 else { return nil }
    switch rounding {
    case .down: return room / stride + 1
    // The last window must start inside the input, as in Caffe's pooling_layer.cpp.
    case .up: return min((room + stride - 1) / stride, (input + padding - 1) / stride) + 1
    }
  }
}

/// Whether this may be the size of an image or a window: positive, far beyond any image that there
/// is, and small enough that sums of several cannot overflow.
private func isSize(_ number: Int) -> Bool { (1..<sizeLimit).contains(number) }

private let sizeLimit = 1 << 20
