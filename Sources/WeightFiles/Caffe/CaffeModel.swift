import Tensors

/// Converts a decoded Caffe network to named tensors and a description.
struct CaffeModel {
  private let net: CaffeNetParameter
  private let layers: [CaffeLayer]
  private let lifter: PayloadLifter

  init(_ net: CaffeNetParameter, _ layers: [CaffeLayer], _ lifter: PayloadLifter) {
    self.net = net
    self.layers = layers
    self.lifter = lifter
  }

  func file() throws(WeightFileError) -> ModelFile {
    var names = GraphNames()
    var tensors: [NamedTensor] = []
    for layer in layers where !layer.blobs.isEmpty {
      let name: String
      switch layer.type {
      case "Convolution": name = names.nextConvolution()
      case "InnerProduct": name = names.nextFullyConnected()
      default: name = layer.name
      }
      try TensorLimits.check(name, after: tensors.count + layer.blobs.count, in: .caffe)
      tensors += try weights(of: layer, named: name)
    }
    guard !tensors.isEmpty else {
      throw .damaged(.caffe, "it describes a network and holds no weights")
    }
    return ModelFile(weights: WeightFile(tensors: tensors), description: description)
  }

  /// The tensors of a layer. Blob 0 is the weight, blob 1 the bias.
  private func weights(
    of layer: CaffeLayer, named name: String
  ) throws(WeightFileError) -> [NamedTensor] {
    let suffixes = ["weight", "bias"]
    var tensors: [NamedTensor] = []
    for (index, blob) in layer.blobs.enumerated() {
      let name = "\(name).\(index < 2 ? suffixes[index] : String(index))"
      let tensor = try lifter.tensor(name, blob)
      // In the old messages the shape of a matrix is 1x1xOUTxIN and that of a bias is 1x1x1xOUT.
      let rank = index == 1 ? 1 : layer.type == "InnerProduct" ? 2 : 4
      let dimensions = tensor.shape.dimensions
      let extra = max(0, dimensions.count - rank)
      guard dimensions.prefix(extra).allSatisfy({ $0 == 1 }) else {
        tensors.append(NamedTensor(name: name, tensor: tensor))
        continue
      }
      let reshaped = try naming(name, in: .caffe) { () throws(TensorError) in
        try tensor.reshaped(Array(dimensions.dropFirst(extra)))
      }
      tensors.append(NamedTensor(name: name, tensor: reshaped))
    }
    return tensors
  }

  private var description: NetworkDescription {
    let transform = layers.compactMap(\.transform).first
    let input =
      layers.compactMap(\.input).first?.shape.first?.dim ?? net.inputShape.first?.dim
      ?? (net.inputDim.count >= 4 ? Array(net.inputDim.prefix(4)) : nil)
    let crop = transform.flatMap { $0.hasCropSize ? Int(clamping: $0.cropSize) : nil }
    return NetworkDescription(
      format: .caffe, name: net.name.isEmpty ? nil : net.name,
      layers: layers.compactMap(\.description),
      inputSize: input.flatMap { $0.count == 4 && $0[2] == $0[3] ? Int($0[3]) : nil } ?? crop,
      preprocessing: transform.map {
        PreprocessingHints(mean: $0.meanValue, scale: $0.scale, cropSize: crop)
      })
  }
}
