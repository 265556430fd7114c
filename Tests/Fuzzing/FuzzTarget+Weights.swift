import Architecture
import ModelLibrary
import Network
import Preprocessing
import System
import Tensors
import WeightFiles

@testable import Training

extension FuzzTarget {
  /// One target for each format of weights. They call the same code, which finds the format from
  /// the bytes; only their corpora differ.
  static let weights =
    ["safetensors", "torch", "onnx", "caffe", "numpy"].map { FuzzTarget(name: $0, run: open) } + [
      FuzzTarget(name: "checkpoint") { bytes in
        ignoringErrors {
          let path = ScratchInput.write(bytes)
          _ = try TrainingFolder(path.parent).latestCheckpoint()
        }
      },
      FuzzTarget(name: "deep-compression") { bytes in
        let storage = Storage(copying: bytes.span)
        guard DeepCompression.recognizes(storage, layers: layers) else { return }
        ignoringErrors { _ = try DeepCompression.read(storage, layers: layers) }
      },
    ]

  /// The layers of the small file in `Scripts/fuzz/corpora.py`.
  private static let layers = [
    DeepCompression.Layer(name: "conv1", dimensions: [2, 1, 3, 3], codeBits: 8),
    DeepCompression.Layer(name: "fc2", dimensions: [3, 20], codeBits: 4),
  ]

  /// The network of the small files in `Tests/WeightFilesTests/Fixtures`.
  private static let architecture = Architecture(
    name: "tiny", inputSize: 23,
    layers: [
      .convolution("conv1", 4, kernel: 3, stride: 2),
      .maxPooling("pool1"),
      .normalization("norm1"),
      .convolution("conv2", 6, kernel: 3, padding: 1, groups: 2),
      .maxPooling("pool2"),
      .fullyConnected("fc3", 8),
      .fullyConnected("fc4", 5, relu: false),
    ])

  private static let library = ModelLibrary(architectures: [architecture] + Architecture.all)

  /// Opens the file as a model that says everything about itself, and then as one whose classes
  /// and preprocessing the user names.
  private static func open(_ bytes: [UInt8]) {
    ignoringErrors {
      let path = ScratchInput.write(bytes)
      ignoringErrors { _ = try library.open(path: path) }
      let options = ImportOptions(
        variant: architecture.name,
        labels: (1...5).map { ClassLabel(wnid: nil, label: "class \($0)") },
        preprocessing: try Preprocessing(
          steps: [.squash(width: 23, height: 23, antialias: true)], channels: .rgb,
          mean: [0, 0, 0], scale: [1, 1, 1]))
      ignoringErrors { _ = try library.open(path: path, options: options) }
    }
  }
}
