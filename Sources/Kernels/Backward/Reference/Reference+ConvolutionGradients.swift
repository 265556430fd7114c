extension Reference {
  /// The gradients of a layer with weights, for one image or vector.
  public struct LayerGradients<Scalar: BinaryFloatingPoint & Sendable>: Sendable {
    /// In the layout of the layer's input.
    public var input: [Scalar]
    /// In the layout of the layer's weights.
    public var weights: [Scalar]
    /// One value an output channel.
    public var bias: [Scalar]

    public init(input: [Scalar], weights: [Scalar], bias: [Scalar]) {
      self.input = input
      self.weights = weights
      self.bias = bias
    }
  }

  /// The gradients of ``convolution(_:height:width:weights:bias:geometry:relu:)`` without ReLU.
  ///
  /// - Parameter outputGradient: the loss's derivatives by the output, in the output's layout.
  @inlinable public static func convolutionGradients<Scalar: BinaryFloatingPoint & Sendable>(
    _ input: [Scalar], height: Int, width: Int, weights: [Scalar], outputGradient: [Scalar],
    geometry: Convolution.Geometry
  ) -> LayerGradients<Scalar> {
    let (outHeight, outWidth) = (geometry.outputExtent(height), geometry.outputExtent(width))
    let depth = geometry.inputChannels / geometry.groups
    let filtersAGroup = geometry.filters / geometry.groups
    let kernel = geometry.kernel
    var inputSums = [Double](repeating: 0, count: input.count)
    var weightSums = [Double](repeating: 0, count: weights.count)
    var biasSums = [Double](repeating: 0, count: geometry.filters)
    for filter in 0..<geometry.filters {
      let firstChannel = filter / filtersAGroup * depth
      for y in 0..<outHeight {
        for x in 0..<outWidth {
          let gradient = Double(outputGradient[(filter * outHeight + y) * outWidth + x])
          biasSums[filter] += gradient
          for channel in 0..<depth {
            for i in 0..<kernel {
              for j in 0..<kernel {
                let row = y * geometry.stride - geometry.padding + i
                let column = x * geometry.stride - geometry.padding + j
                guard (0..<height).contains(row), (0..<width).contains(column) else { continue }
                let weight = ((filter * depth + channel) * kernel + i) * kernel + j
                let value = ((firstChannel + channel) * height + row) * width + column
                inputSums[value] += gradient * Double(weights[weight])
                weightSums[weight] += gradient * Double(input[value])
              }
            }
          }
        }
      }
    }
    return LayerGradients(
      input: inputSums.map { Scalar($0) }, weights: weightSums.map { Scalar($0) },
      bias: biasSums.map { Scalar($0) })
  }

  /// The gradients of ``fullyConnected(_:weights:bias:relu:)`` without ReLU.
  @inlinable public static func fullyConnectedGradients<Scalar: BinaryFloatingPoint & Sendable>(
    _ input: [Scalar], weights: [Scalar], outputGradient: [Scalar]
  ) -> LayerGradients<Scalar> {
    var inputSums = [Double](repeating: 0, count: input.count)
    var weightGradients: [Scalar] = []
    weightGradients.reserveCapacity(weights.count)
    for (row, gradient) in outputGradient.enumerated() {
      for (column, value) in input.enumerated() {
        inputSums[column] += Double(gradient) * Double(weights[row * input.count + column])
        weightGradients.append(Scalar(Double(gradient) * Double(value)))
      }
    }
    return LayerGradients(
      input: inputSums.map { Scalar($0) }, weights: weightGradients, bias: outputGradient)
  }
}
