// The architectures that weights are published for. Each stands here once, as its list of layers.

extension Architecture {
  /// Every architecture that weights are published for.
  public static let all: [Architecture] = [.alexnet, .caffenet, .bvlcAlexnet, .torchvision]

  /// The single-column network: no groups, pooling before normalisation.
  ///
  /// The published table has a ReLU after the last layer too. It is left out here: it would set
  /// every negative logit to zero before the softmax, and no published weights were trained with
  /// it.
  public static let alexnet = Architecture(
    name: "alexnet", inputSize: 227, preprocessing: .alexnet,
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
      .fullyConnected("fc6", 4096),
      .fullyConnected("fc7", 4096, dropout: 0.5),
      .fullyConnected("fc8", 1000, relu: false, dropout: 0.5),
    ])

  /// Caffe's bvlc_reference_caffenet: two groups, pooling before normalisation.
  public static let caffenet = Architecture(
    name: "caffenet", inputSize: 227, preprocessing: .caffe,
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
      .fullyConnected("fc6", 4096),
      .fullyConnected("fc7", 4096, dropout: 0.5),
      .fullyConnected("fc8", 1000, relu: false, dropout: 0.5),
    ])

  /// Caffe's bvlc_alexnet: two groups, normalisation before pooling, as in the 2012 paper.
  public static let bvlcAlexnet = Architecture(
    name: "bvlc_alexnet", inputSize: 227, preprocessing: .caffe,
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
      .fullyConnected("fc6", 4096),
      .fullyConnected("fc7", 4096, dropout: 0.5),
      .fullyConnected("fc8", 1000, relu: false, dropout: 0.5),
    ])

  /// torchvision's AlexNet, from "One weird trick for parallelizing convolutional neural networks"
  /// (Krizhevsky 2014): fewer filters, no normalisation, dropout before fc6 and fc7.
  public static let torchvision = Architecture(
    name: "torchvision", inputSize: 224, preprocessing: .torchvision,
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
