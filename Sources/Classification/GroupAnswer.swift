/// The group of classes that a photo shows most probably.
public struct GroupAnswer: Sendable, Equatable {
  public let name: String
  /// The sum of the probabilities of its classes, 0 to 1.
  public let probability: Float

  public init(name: String, probability: Float) {
    self.name = name
    self.probability = probability
  }
}
