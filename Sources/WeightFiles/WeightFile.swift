import Tensors

/// The contents of a weight file: named tensors in the order of the file, and metadata.
public struct WeightFile: Sendable {
  public var tensors: [NamedTensor]

  /// The metadata of a safetensors file, documented at ``Safetensors``; empty for other formats.
  public var metadata: [String: String]

  public init(tensors: [NamedTensor], metadata: [String: String] = [:]) {
    self.tensors = tensors
    self.metadata = metadata
  }

  /// The tensor of that name, if the file has one.
  public subscript(name: String) -> Tensor? {
    tensors.first { $0.name == name }?.tensor
  }
}

/// A tensor under the name that its file gives it.
public struct NamedTensor: Sendable {
  public let name: String
  public let tensor: Tensor

  public init(name: String, tensor: Tensor) {
    self.name = name
    self.tensor = tensor
  }
}
