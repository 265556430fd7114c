import Architecture
import JSON
import Network
import Tensors
import WeightFiles

/// A weight file of `architecture` in compact form with every weight 0: small, and good enough to
/// be opened.
func emptyWeights(
  _ architecture: Architecture, metadata: [String: String] = [:]
) throws -> WeightFile {
  var file = WeightFile(tensors: [], metadata: metadata)
  var sparse: [JSONValue.Member] = []
  func add(_ name: String, _ type: ElementType, _ shape: [Int]) throws {
    let count = try Shape(shape).byteCount(of: type)
    let tensor = try Tensor(bytes: [UInt8](repeating: 0, count: count), type, shape: shape)
    file.tensors.append(NamedTensor(name: name, tensor: tensor))
  }
  for layer in try architecture.summary() {
    guard let dimensions = layer.weightDimensions else { continue }
    let name = layer.layer.name + ".weight"
    try add(layer.layer.name + ".bias", .float16, [dimensions[0]])
    if dimensions.count == 2 {
      let stride = SparseMatrix.maskStride(rows: dimensions[0])
      try add(name + ".mask", .uint8, [dimensions[1], stride])
      try add(name + ".codes", .uint8, [0])
      try add(name + ".codebook", .float32, [16])
      sparse.append(.init(name, .array(dimensions.map(JSONValue.integer))))
    } else {
      try add(name, .int8, dimensions)
      try add(name + ".scale", .float32, [dimensions[0]])
    }
  }
  file.metadata["sparse"] = JSONValue.object(sparse).text
  return file
}
