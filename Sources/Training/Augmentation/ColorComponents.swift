public import Images

/// The principal components of the colours of a set of pictures.
///
/// Adding multiples of them changes the colour and the brightness of the light, and leaves what is
/// seen as it is (Krizhevsky, Sutskever and Hinton 2012, section 4.1).
public struct ColorComponents: Sendable, Equatable {
  /// Standard deviations along the components, in pixel values, largest first.
  public let deviations: [Double]
  /// Unit vectors in RGB, in the order of ``deviations``.
  public let directions: [[Double]]

  public init(deviations: [Double], directions: [[Double]]) {
    self.deviations = deviations
    self.directions = directions
  }

  /// The components of all pixels of these pictures.
  public init(of images: some Sequence<RGBImage>) {
    var count = 0.0
    var sums = [Double](repeating: 0, count: 3)
    var products = [[Double]](repeating: [0, 0, 0], count: 3)
    for image in images {
      // Integer sums are exact, and far from overflow for any picture that can be decoded.
      var imageSums = [0, 0, 0]
      var imageProducts = [0, 0, 0, 0, 0, 0]
      for pixel in stride(from: 0, to: image.pixels.count, by: 3) {
        let r = Int(image.pixels[pixel])
        let g = Int(image.pixels[pixel + 1])
        let b = Int(image.pixels[pixel + 2])
        imageSums[0] &+= r
        imageSums[1] &+= g
        imageSums[2] &+= b
        imageProducts[0] &+= r &* r
        imageProducts[1] &+= r &* g
        imageProducts[2] &+= r &* b
        imageProducts[3] &+= g &* g
        imageProducts[4] &+= g &* b
        imageProducts[5] &+= b &* b
      }
      count += Double(image.width * image.height)
      for channel in 0..<3 { sums[channel] += Double(imageSums[channel]) }
      for (index, (row, column)) in [(0, 0), (0, 1), (0, 2), (1, 1), (1, 2), (2, 2)].enumerated() {
        products[row][column] += Double(imageProducts[index])
      }
    }
    guard count > 0 else {
      self.init(deviations: [0, 0, 0], directions: [[1, 0, 0], [0, 1, 0], [0, 0, 1]])
      return
    }
    var covariance = products
    for row in 0..<3 {
      for column in row..<3 {
        let value = products[row][column] / count - sums[row] / count * sums[column] / count
        covariance[row][column] = value
        covariance[column][row] = value
      }
    }
    self.init(covariance: covariance)
  }

  /// The eigenvectors of a symmetric 3 x 3 matrix, by Jacobi's rotations.
  init(covariance: [[Double]]) {
    var matrix = covariance
    var vectors = [[1.0, 0, 0], [0, 1.0, 0], [0, 0, 1.0]]
    for _ in 0..<32 {
      for (p, q) in [(0, 1), (0, 2), (1, 2)] where abs(matrix[p][q]) > 1e-300 {
        let theta = (matrix[q][q] - matrix[p][p]) / (2 * matrix[p][q])
        let tangent = (theta < 0 ? -1 : 1) / (abs(theta) + (theta * theta + 1).squareRoot())
        let cosine = 1 / (tangent * tangent + 1).squareRoot()
        let sine = tangent * cosine
        for k in 0..<3 {
          let (a, b) = (matrix[k][p], matrix[k][q])
          matrix[k][p] = cosine * a - sine * b
          matrix[k][q] = sine * a + cosine * b
        }
        for k in 0..<3 {
          let (a, b) = (matrix[p][k], matrix[q][k])
          matrix[p][k] = cosine * a - sine * b
          matrix[q][k] = sine * a + cosine * b
          let (u, v) = (vectors[k][p], vectors[k][q])
          vectors[k][p] = cosine * u - sine * v
          vectors[k][q] = sine * u + cosine * v
        }
      }
    }
    let order = [0, 1, 2].sorted { matrix[$0][$0] > matrix[$1][$1] }
    deviations = order.map { max(0, matrix[$0][$0]).squareRoot() }
    directions = order.map { component in (0..<3).map { vectors[$0][component] } }
  }

  /// The change of R, G and B for these multiples of the components' deviations.
  func shift(_ multiples: [Double]) -> [Double] {
    (0..<3).map { channel in
      (0..<3).reduce(0) {
        $0 + multiples[$1] * deviations[$1] * directions[$1][channel]
      }
    }
  }
}
