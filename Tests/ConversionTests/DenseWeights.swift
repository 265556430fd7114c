import Architecture
import Network
import Tensors
import WeightFiles

/// A weight file of `architecture` in float16 with seeded weights, none of them 0, of magnitudes
/// from 2^-7 to 2^-5; biases are 0.
func denseWeights(
  _ architecture: Architecture, metadata: [String: String] = [:]
) throws -> WeightFile {
  var file = WeightFile(tensors: [], metadata: metadata)
  var state: UInt32 = 1
  for layer in try architecture.summary() {
    guard let dimensions = layer.weightDimensions else { continue }
    let count = dimensions.reduce(1, *)
    var bytes: [UInt8] = []
    bytes.reserveCapacity(2 * count)
    for _ in 0..<count {
      state = state &* 1_664_525 &+ 1_013_904_223
      let bits = (state >> 16) & 0x8000 | 0x2000 + (state >> 16) & 0x7FF
      bytes.append(UInt8(truncatingIfNeeded: bits))
      bytes.append(UInt8(truncatingIfNeeded: bits >> 8))
    }
    let name = layer.layer.name
    file.tensors += [
      NamedTensor(
        name: name + ".weight", tensor: try Tensor(bytes: bytes, .float16, shape: dimensions)),
      NamedTensor(
        name: name + ".bias",
        tensor: try Tensor(
          bytes: [UInt8](repeating: 0, count: dimensions[0] * 2), .float16, shape: [dimensions[0]])
      ),
    ]
  }
  return file
}
