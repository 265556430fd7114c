/// What is wanted of explanations, besides their method.
public struct ExplanationOptions: Sendable {
  /// The classes to explain, by their indices in the model's output; nil for the likeliest class of
  /// each photo.
  public var classes: [Int]?
  /// Whether the strongest evidence gets a box.
  public var findsBoxes = false
  /// The longest side of the photo in the picture, in pixels; nil where no picture is wanted.
  public var pictureSide: Int?

  public init() {}
}
