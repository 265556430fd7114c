import Architecture
import Foundation
import Tensors
import Testing
import WeightFiles

/// The small files that `Scripts/make-weight-fixtures.py` writes, and what is in them.
enum Fixtures {
  static func bytes(_ path: String) throws -> [UInt8] {
    let url = Bundle.module.bundleURL.appending(path: "Fixtures/\(path)")
    return [UInt8](try Data(contentsOf: url))
  }

  static func storage(_ path: String) throws -> Storage {
    let bytes = try bytes(path)
    return Storage(copying: bytes.span)
  }

  /// The tiny network's tensors in the order of the script, whose formula for values counts them.
  static let tensors: [(name: String, dimensions: [Int])] = [
    ("conv1.weight", [4, 3, 3, 3]), ("conv1.bias", [4]),
    ("conv2.weight", [6, 2, 3, 3]), ("conv2.bias", [6]),
    ("fc3.weight", [8, 24]), ("fc3.bias", [8]),
    ("fc4.weight", [5, 8]), ("fc4.bias", [5]),
  ]

  static func values(_ index: Int, count: Int) -> [Float] {
    (0..<count).map { Float((7 * $0 + 31 * index) % 113 - 56) / 64 }
  }

  /// The layers of the tiny network.
  static func layers(roundsUp: Bool, softmax: Bool) -> [LayerDescription] {
    let pool = LayerDescription.maxPooling(PoolingSpec(rounding: roundsUp ? .up : .down))
    return [
      .convolution(ConvolutionSpec(filters: 4, kernel: 3, stride: 2), inputsPerGroup: 3), .relu,
      pool, .normalization(NormalizationSpec()),
      .convolution(
        ConvolutionSpec(filters: 6, kernel: 3, padding: 1, groups: 2), inputsPerGroup: 2),
      .relu, pool, .fullyConnected(outputs: 8, inputs: 24), .relu,
      .fullyConnected(outputs: 5, inputs: 8),
    ] + (softmax ? [.softmax] : [])
  }

  /// The tiny network as an architecture.
  static let architecture = Architecture(
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
}

/// Checks that a file of another program's holds all of the tiny network's tensors with their
/// values.
func expectTiny(
  _ file: ModelFile, type: ElementType? = .float32, tolerance: Float = 0,
  sourceLocation: SourceLocation = #_sourceLocation
) throws {
  try expectTiny(
    file.weights(as: Fixtures.architecture), type: type, tolerance: tolerance,
    sourceLocation: sourceLocation)
}

/// Checks that a file holds all of the tiny network's tensors with their values.
func expectTiny(
  _ file: WeightFile, prefix: String = "", type: ElementType? = .float32, tolerance: Float = 0,
  sourceLocation: SourceLocation = #_sourceLocation
) throws {
  #expect(
    file.tensors.map(\.name) == Fixtures.tensors.map { prefix + $0.name },
    sourceLocation: sourceLocation)
  for (index, expected) in Fixtures.tensors.enumerated() {
    guard let tensor = file[prefix + expected.name] else { continue }
    #expect(tensor.shape.dimensions == expected.dimensions, sourceLocation: sourceLocation)
    if let type { #expect(tensor.elementType == type, sourceLocation: sourceLocation) }
    let values = Fixtures.values(index, count: tensor.shape.count)
    let found = try tensor.floats()
    #expect(
      zip(found, values).allSatisfy { abs($0 - $1) <= tolerance },
      "values of \(expected.name)", sourceLocation: sourceLocation)
  }
}

typealias Reader = (Storage) throws(WeightFileError) -> ModelFile

/// Every tensor of `file`, by name, as bytes: reading them proves that they lie in the file.
private func contents(_ file: ModelFile) -> [String: [UInt8]] {
  var result: [String: [UInt8]] = [:]
  for tensor in file.weights.tensors {
    result[tensor.name] = tensor.tensor.withBytes { bytes in bytes.indices.map { bytes[$0] } }
  }
  return result
}

/// Cuts the file before every byte: each must be refused or, where the format cannot know (a
/// protobuf message may end after any field), give fewer tensors and none that is wrong.
func expectTruncationsRefused(
  _ path: String, mayEndEarly: Bool = false, read: Reader,
  sourceLocation: SourceLocation = #_sourceLocation
) throws {
  let bytes = try Fixtures.bytes(path)
  let whole = contents(try read(Storage(copying: bytes.span)))
  for count in bytes.indices {
    let part = Array(bytes[..<count])
    guard let file = try? read(Storage(copying: part.span)) else { continue }
    guard mayEndEarly else {
      Issue.record("cut at \(count) and read all the same", sourceLocation: sourceLocation)
      return
    }
    for (name, values) in contents(file) where whole[name] != values {
      Issue.record("cut at \(count): other values of \(name)", sourceLocation: sourceLocation)
      return
    }
  }
}

/// Changes some bytes at random, the same ones every time: reading must end in a file or an error.
func expectMutationsSurvived(_ path: String, rounds: Int = 3000, read: Reader) throws {
  let bytes = try Fixtures.bytes(path)
  var state: UInt64 = 0x9E37_79B9_7F4A_7C15
  func random(_ bound: Int) -> Int {
    state ^= state << 13
    state ^= state >> 7
    state ^= state << 17
    return Int(state % UInt64(bound))
  }
  for _ in 0..<rounds {
    var mutated = bytes
    for _ in 0...random(4) {
      // Numbers at the edges of their ranges find more than random ones.
      let interesting: [UInt8] = [0, 1, 0x7F, 0x80, 0xFF, UInt8(random(256))]
      mutated[random(mutated.count)] = interesting[random(interesting.count)]
    }
    if let file = try? read(Storage(copying: mutated.span)) {
      _ = contents(file)
      _ = try? file.resolved(against: [Fixtures.architecture])
    }
  }
}
