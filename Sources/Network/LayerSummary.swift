import Kernels

/// What a layer costs and gives, computed from an architecture.
public struct LayerSummary: Sendable, Hashable {
  public let layer: LayerSpec
  /// Channels, height and width that come in.
  public let input: Extent
  /// Channels, height and width that come out.
  public let output: Extent
  /// Weights and biases.
  public let parameters: Int
  /// Multiply-adds for one image.
  public let multiplyAdds: Int
  /// Shapes of the layer's tensors: `weight` OIHW or `[out, in]`, and `bias`; nil without any.
  public let weightDimensions: [Int]?

  /// The extents of one image's activations.
  public struct Extent: Sendable, Hashable {
    public let channels: Int
    public let height: Int
    public let width: Int

    /// Values of one image.
    public var count: Int { channels * height * width }
  }

  /// Nil for other layers.
  var convolution: Convolution.Geometry? {
    guard
      case .convolution(let filters, let kernel, let stride, let padding, let groups) =
        layer.operation
    else { return nil }
    return Convolution.Geometry(
      inputChannels: input.channels, filters: filters, kernel: kernel, stride: stride,
      padding: padding, groups: groups)
  }
}

extension Architecture {
  /// The layers with their shapes and costs, in order.
  ///
  /// - Throws: ``NetworkError/impossibleLayer(_:reason:)`` when a layer does not fit what comes in.
  public func summary() throws(NetworkError) -> [LayerSummary] {
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

extension LayerSpec {
  fileprivate func summary(
    input: LayerSummary.Extent
  ) throws(NetworkError) -> LayerSummary {
    switch operation {
    case .convolution(let filters, let kernel, let stride, let padding, let groups):
      guard filters > 0, kernel > 0, stride > 0, padding >= 0, groups > 0 else {
        throw .impossibleLayer(name, reason: "its numbers must be positive")
      }
      guard input.channels % groups == 0, filters % groups == 0 else {
        throw .impossibleLayer(
          name, reason: "\(input.channels) channels and \(filters) filters in \(groups) groups")
      }
      guard min(input.height, input.width) + 2 * padding >= kernel else {
        throw .impossibleLayer(
          name, reason: "its window of \(kernel) is larger than its input of \(input.height)")
      }
      let geometry = Convolution.Geometry(
        inputChannels: input.channels, filters: filters, kernel: kernel, stride: stride,
        padding: padding, groups: groups)
      let output = LayerSummary.Extent(
        channels: filters, height: geometry.outputExtent(input.height),
        width: geometry.outputExtent(input.width))
      let weights = geometry.weightDimensions.reduce(1, *)
      return LayerSummary(
        layer: self, input: input, output: output, parameters: weights + filters,
        multiplyAdds: weights * output.height * output.width,
        weightDimensions: geometry.weightDimensions)

    case .maxPooling(let pooling):
      guard min(input.height, input.width) >= pooling.kernel else {
        throw .impossibleLayer(
          name, reason: "its window of \(pooling.kernel) is larger than its input")
      }
      return LayerSummary(
        layer: self, input: input,
        output: .init(
          channels: input.channels, height: pooling.outputExtent(input.height),
          width: pooling.outputExtent(input.width)),
        parameters: 0, multiplyAdds: 0, weightDimensions: nil)

    case .normalization:
      return LayerSummary(
        layer: self, input: input, output: input, parameters: 0, multiplyAdds: 0,
        weightDimensions: nil)

    case .fullyConnected(let outputs, _, _):
      guard outputs > 0 else { throw .impossibleLayer(name, reason: "it has no outputs") }
      return LayerSummary(
        layer: self, input: input, output: .init(channels: outputs, height: 1, width: 1),
        parameters: (input.count + 1) * outputs, multiplyAdds: input.count * outputs,
        weightDimensions: [outputs, input.count])
    }
  }
}
