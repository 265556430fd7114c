extension Reference {
  /// What batch normalisation found in a batch, one value a channel.
  public struct BatchStatistics<Scalar: BinaryFloatingPoint & Sendable>: Sendable {
    public var mean: [Scalar]
    /// The mean of squared differences from the mean: divided by the number of values, not by one
    /// less.
    public var variance: [Scalar]

    public init(mean: [Scalar], variance: [Scalar]) {
      self.mean = mean
      self.variance = variance
    }
  }

  /// Batch normalisation as it is while training (Ioffe and Szegedy 2015, algorithm 1):
  /// `scale * (x - mean) / sqrt(variance + epsilon) + shift`, over all images and pixels of a
  /// channel.
  ///
  /// - Parameter input: `[images, channels, area]`.
  @inlinable public static func batchNormalization<Scalar: BinaryFloatingPoint & Sendable>(
    _ input: [Scalar], images: Int, channels: Int, area: Int, scale: [Scalar], shift: [Scalar],
    epsilon: Scalar
  ) -> (output: [Scalar], statistics: BatchStatistics<Scalar>) {
    var output = input
    var statistics = BatchStatistics<Scalar>(mean: [], variance: [])
    for channel in 0..<channels {
      let places = places(ofChannel: channel, images: images, channels: channels, area: area)
      let count = Double(places.count)
      let mean = places.reduce(0) { $0 + Double(input[$1]) } / count
      let variance =
        places.reduce(0) {
          $0 + (Double(input[$1]) - mean) * (Double(input[$1]) - mean)
        } / count
      let factor = Double(scale[channel]) / (variance + Double(epsilon)).squareRoot()
      for place in places {
        output[place] = Scalar((Double(input[place]) - mean) * factor + Double(shift[channel]))
      }
      statistics.mean.append(Scalar(mean))
      statistics.variance.append(Scalar(variance))
    }
    return (output, statistics)
  }

  /// The gradients of
  /// ``batchNormalization(_:images:channels:area:scale:shift:epsilon:)``: by its input, its scale
  /// (returned as `weights`) and its shift (returned as `bias`).
  @inlinable
  public static func batchNormalizationGradients<
    Scalar: BinaryFloatingPoint & Sendable
  >(
    _ input: [Scalar], images: Int, channels: Int, area: Int, scale: [Scalar], epsilon: Scalar,
    outputGradient: [Scalar]
  ) -> LayerGradients<Scalar> {
    var result = LayerGradients<Scalar>(input: input, weights: [], bias: [])
    for channel in 0..<channels {
      let places = places(ofChannel: channel, images: images, channels: channels, area: area)
      let count = Double(places.count)
      let mean = places.reduce(0) { $0 + Double(input[$1]) } / count
      let variance =
        places.reduce(0) {
          $0 + (Double(input[$1]) - mean) * (Double(input[$1]) - mean)
        } / count
      let inverse = 1 / (variance + Double(epsilon)).squareRoot()
      let shiftGradient = places.reduce(0) { $0 + Double(outputGradient[$1]) }
      let scaleGradient = places.reduce(0) {
        $0 + Double(outputGradient[$1]) * (Double(input[$1]) - mean) * inverse
      }
      for place in places {
        let normalized = (Double(input[place]) - mean) * inverse
        result.input[place] = Scalar(
          Double(scale[channel]) * inverse
            * (Double(outputGradient[place]) - shiftGradient / count
              - normalized * scaleGradient / count))
      }
      result.weights.append(Scalar(scaleGradient))
      result.bias.append(Scalar(shiftGradient))
    }
    return result
  }

  /// The positions of the values of a channel in `[images, channels, area]`.
  @usableFromInline static func places(
    ofChannel channel: Int, images: Int, channels: Int, area: Int
  ) -> [Int] {
    (0..<images).flatMap { image in
      (0..<area).map { (image * channels + channel) * area + $0 }
    }
  }
}
