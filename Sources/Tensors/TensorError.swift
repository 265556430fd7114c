/// What is wrong with a tensor's shape or storage.
public enum TensorError: Error, Equatable, CustomStringConvertible {
  case negativeDimension([Int])
  case tooManyElements([Int])
  /// The storage holds fewer or more bytes than the shape and type ask for.
  case wrongByteCount(expected: Int, found: Int)
  /// The values were asked for in a form that the stored type cannot give.
  case notFloatingPoint(ElementType)
  /// The values would have to be computed from values that have to be computed, and so on.
  case tooManySteps

  public var description: String {
    switch self {
    case .negativeDimension(let dimensions):
      "the shape \(dimensions) has a negative dimension"
    case .tooManyElements(let dimensions):
      "the shape \(dimensions) has more elements than can be addressed"
    case .wrongByteCount(let expected, let found):
      "\(expected) bytes are needed and \(found) are there"
    case .notFloatingPoint(let type):
      "values of type \(type.rawValue) are not floating-point numbers"
    case .tooManySteps:
      "its values are computed in more than \(Tensor.maxPendingSteps) steps from those in the file"
    }
  }
}
