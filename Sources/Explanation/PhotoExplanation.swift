public import Classification
public import Preprocessing

/// What in a photo speaks for some classes.
public struct PhotoExplanation: Sendable {
  public let classes: [ClassExplanation]
  /// Where the network's input is in the photo.
  public let geometry: InputGeometry
  /// The classes' heat maps over the photo, as a PNG file; nil where no picture was asked for.
  public let picture: [UInt8]?

  public init(classes: [ClassExplanation], geometry: InputGeometry, picture: [UInt8]?) {
    self.classes = classes
    self.geometry = geometry
    self.picture = picture
  }
}

/// What in a photo speaks for one class.
public struct ClassExplanation: Sendable {
  /// The class, with its probability and its place among all classes.
  public let prediction: Prediction
  /// See ``Explainer/ClassEvidence/raw``.
  public let raw: EvidenceMap
  /// The largest value of what is drawn; 0 where nothing speaks for the class.
  public let strength: Float
  /// Where that value is, in pixels of the upright photo; nil where nothing speaks for the class.
  public let peak: (x: Int, y: Int)?
  /// Nil where no box was asked for, or nothing speaks for the class.
  public let box: EvidenceBox?
}
