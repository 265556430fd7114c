import Architecture

/// A layer from either generation of Caffe's layer messages. Its fields and type names are those of
/// the newer generation.
struct CaffeLayer {
  let name: String
  let type: String
  let blobs: [CaffeBlobProto]
  let convolution: CaffeConvolutionParameter
  let innerProduct: CaffeInnerProductParameter
  let normalization: CaffeLRNParameter
  let pooling: CaffePoolingParameter
  let transform: CaffeTransformationParameter?
  let input: CaffeInputParameter?

  init(_ layer: CaffeLayerParameter) {
    name = layer.name
    type = layer.type
    blobs = layer.blobs
    convolution = layer.convolutionParam
    innerProduct = layer.innerProductParam
    normalization = layer.lrnParam
    pooling = layer.poolingParam
    transform = layer.hasTransformParam ? layer.transformParam : nil
    input = layer.hasInputParam ? layer.inputParam : nil
  }

  init(_ layer: CaffeV1LayerParameter) {
    name = layer.name
    type = Self.typeNames[layer.type] ?? "layer type \(layer.type)"
    blobs = layer.blobs
    convolution = layer.convolutionParam
    innerProduct = layer.innerProductParam
    normalization = layer.lrnParam
    pooling = layer.poolingParam
    transform = layer.hasTransformParam ? layer.transformParam : nil
    input = nil
  }

  /// The layer types of V1LayerParameter.LayerType that a file with an AlexNet may have.
  private static let typeNames: [Int32: String] = [
    1: "Accuracy", 4: "Convolution", 5: "Data", 6: "Dropout", 8: "Flatten", 9: "HDF5Data",
    12: "ImageData", 14: "InnerProduct", 15: "LRN", 17: "Pooling", 18: "ReLU", 20: "Softmax",
    21: "SoftmaxWithLoss", 22: "Split", 24: "WindowData", 29: "MemoryData", 36: "Silence",
  ]

  /// The types of layers that do not change values when the network runs: layers that only matter
  /// in training, input layers, and layers that change only the shape.
  private static let passive: Set<String> = [
    "Accuracy", "Data", "Dropout", "Flatten", "HDF5Data", "ImageData", "Input", "DummyData",
    "MemoryData", "Reshape", "Silence", "Split", "WindowData",
  ]

  /// What the layer computes; nil if it does not change values when the network runs.
  var description: LayerDescription? {
    if Self.passive.contains(type) { return nil }
    switch type {
    case "Convolution": return convolutionDescription
    case "InnerProduct": return innerProductDescription
    case "ReLU": return .relu
    case "Softmax", "SoftmaxWithLoss": return .softmax
    case "LRN":
      guard normalization.normRegion == 0 else {
        return .other("normalisation within channels (\(name))")
      }
      return .normalization(
        .init(
          size: Int(clamping: normalization.localSize), alpha: normalization.alpha,
          beta: normalization.beta, k: normalization.k))
    case "Pooling":
      guard pooling.pool == 0, !pooling.globalPooling,
        let window = square(pooling.kernelSize, pooling.kernelH, pooling.kernelW),
        let stride = square(pooling.stride, pooling.strideH, pooling.strideW),
        let padding = square(pooling.pad, pooling.padH, pooling.padW)
      else { return .other("pooling that is not max pooling of square windows (\(name))") }
      return .maxPooling(
        PoolingSpec(
          kernel: window, stride: stride, rounding: pooling.roundMode == 0 ? .up : .down),
        padding: padding)
    default:
      return .other("\(type) (\(name))")
    }
  }

  private var convolutionDescription: LayerDescription {
    let parameter = convolution
    guard parameter.dilation.allSatisfy({ $0 == 1 }),
      let kernel = square(first(parameter.kernelSize, 0), parameter.kernelH, parameter.kernelW),
      let stride = square(first(parameter.stride, 1), parameter.strideH, parameter.strideW),
      let padding = square(first(parameter.pad, 0), parameter.padH, parameter.padW)
    else { return .other("convolution that is dilated or not square (\(name))") }
    let dimensions = blobs.first?.dimensions ?? []
    return .convolution(
      ConvolutionSpec(
        filters: Int(clamping: parameter.numOutput), kernel: kernel, stride: stride,
        padding: padding, groups: Int(clamping: parameter.group)),
      inputsPerGroup: dimensions.count == 4 ? Int(dimensions[1]) : 0)
  }

  private var innerProductDescription: LayerDescription {
    if innerProduct.transpose { return .other("transposed inner product (\(name))") }
    return .fullyConnected(
      outputs: Int(clamping: innerProduct.numOutput),
      inputs: Int(blobs.first?.dimensions.last ?? 0))
  }

  /// The size of a square. It is given either once or for height and width. Nil if these differ.
  private func square(_ both: UInt64, _ height: UInt64, _ width: UInt64) -> Int? {
    guard height == width else { return nil }
    return Int(clamping: height == 0 ? both : height)
  }

  /// The size in a list that has one entry for both height and width, or one entry for each.
  /// `standard` is returned for an empty list.
  private func first(_ sizes: [UInt64], _ standard: UInt64) -> UInt64 {
    guard let size = sizes.first else { return standard }
    // If height and width differ, the result is a size that no layer has, so that no architecture
    // matches.
    return sizes.allSatisfy { $0 == size } ? size : .max
  }
}

extension CaffeBlobProto {
  /// The blob's shape, from the BlobShape message or from the four older fields.
  var dimensions: [Int64] {
    hasShape ? shape.dim : [num, channels, height, width]
  }
}
