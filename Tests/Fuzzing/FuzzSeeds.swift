import Images
import JSON
import Kernels
import Search
import System
import Tensors
import Threads
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
      try index(.int8, sketched: true, "\(folder)/index/sketched")
      try index(.int8, sketched: false, "\(folder)/index/int8")
      try index(.float16, sketched: false, "\(folder)/index/float16")
      return true
    } catch {
      print("the files cannot be written: \(error)")
      return false
    }
  }

  private static func checkpoint(_ tensors: [NamedTensor], in folder: String) throws {
    let state = try tensors.map { NamedValues($0.name, try $0.tensor.floats()) }
    let path = RawPath("\(folder)/checkpoint")
    try TrainingFolder(path).saveCheckpoint(TrainingPosition(), state)
  }

  /// An index of a few photos whose rows are short.
  private static func index(
    _ element: FeatureRows.Element, sketched: Bool, _ path: String
  ) throws {
    let (count, length) = (24, 16)
    var settings = SketchSettings()
    (settings.directions, settings.leastPhotos) = (4, sketched ? count : .max)
    let description = IndexDescription(
      model: "tiny", modelReference: nil, modelDigest: "00ff", layer: "fc3", preprocessing: .null,
      decoding: .null, arithmetic: "fp32", folder: "/photos")
    let builder = try IndexBuilder(
      description, element: element, length: length, settings: settings, spoolBeside: nil,
      pool: WorkerPool(threads: 1))
    for number in 0..<count {
      let photo = IndexedPhoto(
        path: RawPath("\(number / 2).jpg"), size: PixelSize(width: 4, height: 3), byteCount: 100,
        modified: FileTime(seconds: 1_700_000_000, nanoseconds: 0),
        digest: [UInt8](repeating: UInt8(number / 2), count: 32))
      let values = (0..<length).map { Float(($0 + 1) * (number / 2 + 3) % 11) }
      try builder.add(photo, values: values)
    }
    let file = try AtomicFile(RawPath(path))
    try builder.write(to: file)
    try file.commit()
  }

  private static func write(_ weights: WeightFile, _ path: String) throws {
    let file = try AtomicFile(RawPath(path))
    try Safetensors.write(weights) { bytes throws(SystemError) in try file.write(bytes) }
    try file.commit()
  }
}
