import Architecture
public import Network
public import Preprocessing

/// Image files in, feature vectors out: the values that one layer of a network gives for each
/// picture, `[channels, height, width]` row-major.
public typealias FeatureExtractor = Pipeline<[Float]>

extension FeatureExtractor {
  /// A pipeline that runs a network up to one of its layers.
  ///
  /// - Parameters:
  ///   - parameters: the network's weights.
  ///   - layer: the name of the layer, which must be one of the network's. Its values are taken
  ///     after its ReLU, where it has one. Layers behind it are not computed.
  ///   - normalized: whether each vector is divided by its Euclidean length; a vector of zeros
  ///     stays as it is.
  ///   - precision: what to compute in.
  ///   - options: of these, what is said about predictions is ignored.
  public init(
    _ parameters: Parameters, layer: String, normalized: Bool = false, precision: Precision,
    preprocessing: Preprocessing, options: ClassifierOptions
  ) {
    self.init(
      options: options,
      pictures: ModelPictures(
        preprocessing, inputSize: parameters.architecture.inputSize, options: options),
      makePass: featurePasses(
        parameters, layer: layer, precision: precision, preprocessing: preprocessing,
        threads: options.threads),
      answer: { values in normalized ? scaledToUnitLength(values) : values })
  }
}

/// The values divided by the square root of the sum of their squares; zeros stay zeros.
///
/// The sum is in double precision: thousands of squares of large values could overflow a `Float`.
func scaledToUnitLength(_ values: [Float]) -> [Float] {
  let squares = values.reduce(into: 0.0) { sum, value in sum += Double(value) * Double(value) }
  guard squares > 0 else { return values }
  let scale = 1 / squares.squareRoot()
  return values.map { Float(Double($0) * scale) }
}
