import Kernels

/// A network as data: the size of its input and the list of its layers.
public struct Architecture: Sendable, Hashable {
  /// `alexnet`, `caffenet`, `bvlc_alexnet` or `torchvision`.
  public var name: String
  /// Height and width of the input picture.
  public var inputSize: Int
  public var layers: [LayerSpec]

  /// Colour channels of the input picture.
  public static let inputChannels = 3

  public init(name: String, inputSize: Int, layers: [LayerSpec]) {
    self.name = name
    self.inputSize = inputSize
    self.layers = layers
  }

  /// Every architecture that public weights exist for.
  public static let all: [Architecture] = [.alexnet, .caffenet, .bvlcAlexnet, .torchvision]

  /// The architecture with this ``name``.
  public init?(named name: String) {
    guard let match = Self.all.first(where: { $0.name == name }) else { return nil }
    self = match
  }
}

extension Architecture {
  /// The single-column network: no groups, pooling before normalisation.
  ///
  /// The table this follows names a ReLU after fc8 too. No published weights were trained so, since it
  /// would make every negative logit zero before the softmax; there is none here.
  public static let alexnet = Architecture(
    name: "alexnet", inputSize: 227,
    layers: [
      .convolution("conv1", 96, kernel: 11, stride: 4),
      .maxPooling("pool1"),
      .normalization("norm1"),
      .convolution("conv2", 256, kernel: 5, padding: 2),
      .maxPooling("pool2"),
      .normalization("norm2"),
      .convolution("conv3", 384, kernel: 3, padding: 1),
      .convolution("conv4", 384, kernel: 3, padding: 1),
      .convolution("conv5", 256, kernel: 3, padding: 1),
      .maxPooling("pool3"),
      .fullyConnected("fc6", 4096, dropout: 0.5),
      .fullyConnected("fc7", 4096, dropout: 0.5),
      .fullyConnected("fc8", 1000, relu: false),
    ])

  /// Caffe's bvlc_reference_caffenet: two groups, pooling before normalisation.
  public static let caffenet = Architecture(
    name: "caffenet", inputSize: 227,
    layers: [
      .convolution("conv1", 96, kernel: 11, stride: 4),
      .maxPooling("pool1"),
      .normalization("norm1"),
      .convolution("conv2", 256, kernel: 5, padding: 2, groups: 2),
      .maxPooling("pool2"),
      .normalization("norm2"),
      .convolution("conv3", 384, kernel: 3, padding: 1),
      .convolution("conv4", 384, kernel: 3, padding: 1, groups: 2),
      .convolution("conv5", 256, kernel: 3, padding: 1, groups: 2),
      .maxPooling("pool3"),
      .fullyConnected("fc6", 4096, dropout: 0.5),
      .fullyConnected("fc7", 4096, dropout: 0.5),
      .fullyConnected("fc8", 1000, relu: false),
    ])

  /// Caffe's bvlc_alexnet: two groups, normalisation before pooling, as in the 2012 paper.
  public static let bvlcAlexnet = Architecture(
    name: "bvlc_alexnet", inputSize: 227,
    layers: [
      .convolution("conv1", 96, kernel: 11, stride: 4),
      .normalization("norm1"),
      .maxPooling("pool1"),
      .convolution("conv2", 256, kernel: 5, padding: 2, groups: 2),
      .normalization("norm2"),
      .maxPooling("pool2"),
      .convolution("conv3", 384, kernel: 3, padding: 1),
      .convolution("conv4", 384, kernel: 3, padding: 1, groups: 2),
      .convolution("conv5", 256, kernel: 3, padding: 1, groups: 2),
      .maxPooling("pool3"),
      .fullyConnected("fc6", 4096, dropout: 0.5),
      .fullyConnected("fc7", 4096, dropout: 0.5),
      .fullyConnected("fc8", 1000, relu: false),
    ])

  /// torchvision's AlexNet, from "One weird trick for parallelizing convolutional neural networks"
  /// (Krizhevsky 2014): fewer filters, no normalisation, dropout before fc6 and fc7.
  public static let torchvision = Architecture(
    name: "torchvision", inputSize: 224,
    layers: [
      .convolution("conv1", 64, kernel: 11, stride: 4, padding: 2),
      .maxPooling("pool1"),
      .convolution("conv2", 192, kernel: 5, padding: 2),
      .maxPooling("pool2"),
      .convolution("conv3", 384, kernel: 3, padding: 1),
      .convolution("conv4", 256, kernel: 3, padding: 1),
      .convolution("conv5", 256, kernel: 3, padding: 1),
      .maxPooling("pool3"),
      .fullyConnected("fc6", 4096, dropout: 0.5),
      .fullyConnected("fc7", 4096, dropout: 0.5),
      .fullyConnected("fc8", 1000, relu: false),
    ])
}

extension Architecture {
  /// Outputs of the last fully connected layer.
  public var classCount: Int {
    for layer in layers.reversed() {
      if case .fullyConnected(let outputs, _, _) = layer.operation { return outputs }
    }
    return 0
  }

  /// The same network with another number of classes.
  public func withClasses(_ count: Int) -> Architecture {
    var changed = self
    for index in layers.indices.reversed() {
      if case .fullyConnected(_, let relu, let dropout) = layers[index].operation {
        changed.layers[index].operation = .fullyConnected(
          outputs: count, relu: relu, dropout: dropout)
        break
      }
    }
    return changed
  }

  /// The same network with every normalisation's parameters replaced.
  public func withNormalization(_ parameters: LocalResponseNormalization) -> Architecture {
    mapOperations { operation in
      if case .normalization = operation { .normalization(parameters) } else { operation }
    }
  }

  /// The same network with every pooling's output size rounded so.
  public func withPoolingRounded(_ rounding: MaxPooling.Rounding) -> Architecture {
    mapOperations { operation in
      guard case .maxPooling(var pooling) = operation else { return operation }
      pooling.rounding = rounding
      return .maxPooling(pooling)
    }
  }

  private func mapOperations(
    _ transform: (LayerSpec.Operation) -> LayerSpec.Operation
  ) -> Architecture {
    var changed = self
    for index in layers.indices {
      changed.layers[index].operation = transform(layers[index].operation)
    }
    return changed
  }
}
