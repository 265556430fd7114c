/// An error in a description of preprocessing, or a picture that it cannot be applied to.
public enum PreprocessingError: Error, Equatable, CustomStringConvertible {
  /// A part of the description is missing or of the wrong kind.
  case malformed(field: String, problem: String)
  case unknownOperation(String)
  case unknownChannelOrder(String)
  case tooManySteps(Int)
  /// A width, height or size that is not in ``Preprocessing/sizeLimit``.
  case sizeOutOfRange(operation: String, size: Int)
  /// `mean` or `scale` does not have three values, one for each channel.
  case wrongCount(field: String, found: Int)
  case notFinite(field: String)
  /// A step would have to store more pixels than ``Preprocessing/pixelLimit``.
  case tooLarge(width: Int, height: Int)
  /// Ten views were requested, but the last step is not a centre crop. `step` is the last step; nil
  /// if there are no steps.
  case noLastCrop(step: String?)

  public var description: String {
    switch self {
    case .malformed(let field, let problem):
      "preprocessing: \(field): \(problem)"
    case .unknownOperation(let name):
      "preprocessing: the step '\(name)' is unknown; known are resizeShortSide, squash, centerCrop"
    case .unknownChannelOrder(let name):
      "preprocessing: the channel order '\(name)' is unknown; known are RGB and BGR"
    case .tooManySteps(let count):
      "preprocessing: \(count) steps; at most \(Preprocessing.stepLimit) are allowed"
    case .sizeOutOfRange(let operation, let size):
      "preprocessing: \(operation) to \(size) pixels; sizes go from "
        + "\(Preprocessing.sizeLimit.lowerBound) to \(Preprocessing.sizeLimit.upperBound)"
    case .wrongCount(let field, let found):
      "preprocessing: '\(field)' has \(found) values; three are needed, one for each channel"
    case .notFinite(let field):
      "preprocessing: '\(field)' has a value that is not a finite number"
    case .tooLarge(let width, let height):
      "preprocessing would need a picture of \(width) x \(height) pixels, which is too large; "
        + "the photo is too long and narrow for these steps"
    case .noLastCrop(let step):
      "preprocessing: ten crops replace a centre crop at the end of the steps, but "
        + (step.map { "the last step is '\($0)'" } ?? "there are no steps")
    }
  }
}
