import System
import Tensors
import WeightFiles

@testable import Training

/// Valid files of the formats that only this program writes. Mutations start from them.
enum FuzzSeeds {
  /// The tensors of the network in `FuzzTarget+Weights.swift`.
  private static let shapes: [(name: String, dimensions: [Int])] = [
    ("conv1.weight", [4, 3, 3, 3]), ("conv1.bias", [4]),
    ("conv2.weight", [6, 2, 3, 3]), ("conv2.bias", [6]),
    ("fc3.weight", [8, 24]), ("fc3.bias", [8]),
    ("fc4.weight", [5, 8]), ("fc4.bias", [5]),
  ]

  private static let metadata = [
    Safetensors.markerEntry: "1", "variant": "tiny", "name": "tiny",
    "classes": #"["a", "b", "c", "d", "e"]"#,
    "preprocessing": """
    {"steps": [{"op": "squash", "width": 23, "height": 23, "antialias": true}], \
    "channels": "RGB", "mean": [1, 2, 3], "scale": 1}
    """,
    "activations": #"{"conv1": 1, "conv2": 2, "fc3": 3, "fc4": 4}"#,
  ]

  /// - Returns: whether all files were written.
  static func write(to folder: String) -> Bool {
    do {
      let tensors = try shapes.map { name, dimensions in
        let count = dimensions.reduce(1, *)
        let values = (0..<count).map { Float($0 % 17 - 8) / 16 }
        return NamedTensor(name: name, tensor: try Tensor(values, shape: dimensions))
      }
      try write(WeightFile(tensors: tensors, metadata: metadata), "\(folder)/safetensors/plain")
      var encoder = CompactEncoder(
        metadata: metadata, pruning: ["fc3.weight": Pruning(share: 0.3)])
      for tensor in tensors { try encoder.add(tensor) }
      try write(encoder.file, "\(folder)/safetensors/compact")
      try checkpoint(tensors, in: folder)
      return true
    } catch {
      print("the files cannot be written: \(error)")
      return false
    }
  }

  private static func checkpoint(_ tensors: [NamedTensor], in folder: String) throws {
    var state: [String: [Float]] = [:]
    for named in tensors { state[named.name] = try named.tensor.floats() }
    let path = RawPath("\(folder)/checkpoint")
    try TrainingFolder(path).saveCheckpoint(TrainingPosition(), state)
  }

  private static func write(_ weights: WeightFile, _ path: String) throws {
    let file = try AtomicFile(RawPath(path))
    try Safetensors.write(weights) { bytes throws(SystemError) in try file.write(bytes) }
    try file.commit()
  }
}
