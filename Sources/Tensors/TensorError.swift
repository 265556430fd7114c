/// An error in a tensor's shape, type or storage.
public enum TensorError: Error, Equatable, CustomStringConvertible {
  case negativeDimension([Int])
  case tooManyElements([Int])
  /// The number of bytes is not the one that follows from shape and type.
  case wrongByteCount(expected: Int, found: Int)
  /// Floating-point values were requested, but the tensor has integers.
  case notFloatingPoint(ElementType)
  /// The values need a chain of computations that is too long.
  case tooManySteps

  public var description: String {
    switch self {
    case .negativeDimension(let dimensions):
      "the shape \(dimensions) has a negative dimension"
    case .tooManyElements(let dimensions):
      "the shape \(dimensions) has more elements than can be addressed"
    case .wrongByteCount(let expected, let found):
      "it needs \(expected) bytes but has \(found)"
    case .notFloatingPoint(let type):
      "values of type \(type.rawValue) are not floating-point numbers"
    case .tooManySteps:
      "its values are computed in more than \(Tensor.maxPendingSteps) steps from those in the file"
    }
  }
}
