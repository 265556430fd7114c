import Architecture
import Explanation
import Foundation
import Images
import Kernels
import Network
import Preprocessing
import Testing
import Threads

@Suite struct VisualizationTests {
  private let pool = WorkerPool(threads: 2)

  private func preprocessing(
    _ channels: Preprocessing.ChannelOrder, size: Int = 19
  ) throws -> Preprocessing {
    try Preprocessing(
      steps: [
        .resizeShortSide(size: size + 5, antialias: true), .centerCrop(width: size, height: size),
      ], channels: channels, mean: [120, 110, 100], scale: [0.02, 0.01, 0.03])
  }

  /// Pixels that look random, and are the same in each run.
  private func image(_ side: Int) -> RGBImage {
    RGBImage(
      width: side, height: side,
      pixels: (0..<side * side * 3).map { UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 7) })
  }

  // MARK: - Filters

  /// Two filters of 2 x 2 weights.
  private func filters(_ channels: Preprocessing.ChannelOrder) throws -> FilterTiles? {
    let architecture = Architecture(
      name: "tiny", inputSize: 2,
      layers: [
        .convolution("first", 2, kernel: 2), .fullyConnected("classes", 2, relu: false),
      ])
    let parameters = try Parameters(
      architecture,
      floats: [
        // Filter, channel, row, column: the first filter reads channel 0, the second all.
        "first.weight": [
          2, -2, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0,
          0, 0, 0, 4, 0, 0, 0, 4, 0, 0, 0, 4,
        ],
        "first.bias": [0, 0], "classes.weight": [1, 1, 1, 1], "classes.bias": [0, 0],
      ])
    return FilterTiles(
      parameters,
      preprocessing: try Preprocessing(
        steps: [], channels: channels, mean: [0, 0, 0], scale: [1, 0.5, 0.25]))
  }

  @Test("filters have their colours, scaled to the largest weight, with grey for 0")
  func filterTiles() throws {
    let found = try #require(try filters(.rgb))
    #expect(found.layer == "first" && found.tiles.count == 2)
    #expect(
      found.tiles[0].pixels == [255, 128, 128, 0, 128, 128, 191, 128, 128, 128, 128, 128])
    // What a step of a pixel does: 4, 2 and 1.
    #expect(found.tiles[1].pixels == [UInt8](repeating: 128, count: 9) + [255, 191, 159])
  }

  @Test("a network that reads BGR has its first channel in blue")
  func filtersInBGR() throws {
    let found = try #require(try filters(.bgr))
    #expect(
      found.tiles[0].pixels == [128, 128, 255, 128, 128, 0, 128, 128, 191, 128, 128, 128])
    #expect(found.tiles[1].pixels == [UInt8](repeating: 128, count: 9) + [159, 191, 255])
  }

  // MARK: - Maps

  @Test(
    "maps are those of the forward pass, the strongest first",
    arguments: ["first", "norm", "pool", "third", "last"])
  func featureMaps(layer: String) throws {
    let network = try SmallNetwork()
    let preprocessing = try Preprocessing(
      steps: [], channels: .rgb, mean: [128, 128, 128], scale: [0.01, 0.01, 0.01])
    let image = image(19)
    let maps = try #require(
      FeatureMaps(
        network.parameters, preprocessing: preprocessing, layer: layer, of: image, pool: pool))
    let last = try #require(network.rows.firstIndex { $0.layer.name == layer })
    let area = 19 * 19
    let input = (0..<3 * area).map {
      (Double(image.pixels[$0 % area * 3 + $0 / area]) - 128) * 0.01
    }
    let expected = network.forward(0..<last + 1, input)
    let size = maps.width * maps.height
    #expect(maps.channels.count * size == expected.count)
    for channel in maps.channels {
      let part = Array(expected[channel.number * size..<(channel.number + 1) * size])
      #expect(zip(channel.values, part).allSatisfy { abs(Double($0) - $1) < 1e-4 })
      #expect(abs(Double(channel.strength) - part.reduce(0, +) / Double(size)) < 1e-4)
    }
    let strengths = maps.channels.map(\.strength)
    #expect(strengths == strengths.sorted(by: >) && Set(strengths).count > 2)
    #expect(Set(maps.channels.map(\.number)) == Set(0..<maps.channels.count))
  }

  @Test("a fully connected layer has no maps")
  func noMaps() throws {
    let network = try SmallNetwork()
    #expect(
      FeatureMaps(
        network.parameters, preprocessing: try preprocessing(.rgb), layer: "hidden",
        of: image(19), pool: pool) == nil)
  }

  // MARK: - Activation maximisation

  @Test(
    "the gradient is that of the logit against the other logits, by the pixels in RGB",
    arguments: [Preprocessing.ChannelOrder.rgb, .bgr])
  func gradient(channels: Preprocessing.ChannelOrder) throws {
    let network = try SmallNetwork()
    let preprocessing = try preprocessing(channels)
    let pixels = image(19).pixels.map(Double.init)
    let order = channels == .rgb ? [0, 1, 2] : [2, 1, 0]
    let area = 19 * 19
    func logarithm(_ pixels: [Double], _ label: Int) -> Double {
      let input = (0..<3 * area).map { index in
        let (channel, place) = (index / area, index % area)
        return (pixels[place * 3 + order[channel]] - Double(preprocessing.mean[channel]))
          * Double(preprocessing.scale[channel])
      }
      let logits = network.forward(0..<network.rows.count, input)
      return logits[label]
        - Double(ActivationMaximization.competition) * log(logits.map(exp).reduce(0, +))
    }
    let label = 3
    let found = try ActivationMaximization(
      network.parameters, preprocessing: preprocessing, target: .classIndex(label), pool: pool
    ).inputGradient(pixels.map(Float.init))
    let places = Array(stride(from: 5, to: pixels.count, by: 97))
    let expected = places.map { place in
      var (more, less) = (pixels, pixels)
      more[place] += 1e-5
      less[place] -= 1e-5
      return (logarithm(more, label) - logarithm(less, label)) / 2e-5
    }
    #expect(agree(places.map { found[$0] }, expected, tolerance: 2e-3))
  }

  @Test("the gradient for a layer is that of its mean square")
  func layerGradient() throws {
    let network = try SmallNetwork()
    let preprocessing = try preprocessing(.rgb)
    let pixels = image(19).pixels.map(Double.init)
    let area = 19 * 19
    let last = try #require(network.rows.firstIndex { $0.layer.name == "second" })
    func meanSquare(_ pixels: [Double]) -> Double {
      let input = (0..<3 * area).map { index in
        (pixels[index % area * 3 + index / area] - Double(preprocessing.mean[index / area]))
          * Double(preprocessing.scale[index / area])
      }
      let values = network.forward(0..<last + 1, input)
      return values.reduce(0) { $0 + $1 * $1 } / Double(values.count)
    }
    let found = try ActivationMaximization(
      network.parameters, preprocessing: preprocessing, target: .layer("second"), pool: pool
    ).inputGradient(pixels.map(Float.init))
    let places = Array(stride(from: 5, to: pixels.count, by: 97))
    let expected = places.map { place in
      var (more, less) = (pixels, pixels)
      more[place] += 1e-5
      less[place] -= 1e-5
      return (meanSquare(more) - meanSquare(less)) / 2e-5
    }
    #expect(agree(places.map { found[$0] }, expected, tolerance: 2e-3))
  }

  @Test("the class becomes more likely, and equal seeds give equal pictures")
  func maximization() throws {
    let network = try SmallNetwork()
    let preprocessing = try preprocessing(.rgb)
    var options = ActivationMaximization.Options()
    options.steps = 30
    func make(_ label: Int, seed: UInt64) throws -> RGBImage {
      options.seed = seed
      return try ActivationMaximization(
        network.parameters, preprocessing: preprocessing, target: .classIndex(label), pool: pool
      ).picture(side: 24, options)
    }
    func probability(_ picture: RGBImage, _ label: Int) throws -> Float {
      let seen = try preprocessing.pixels(
        from: DecodedImage(image: picture, fullSize: PixelSize(width: 24, height: 24)))
      return try ActivationMaximization(
        network.parameters, preprocessing: preprocessing, target: .classIndex(label), pool: pool
      ).probabilities(of: seen)[label]
    }
    let grey = RGBImage(width: 24, height: 24, pixels: [UInt8](repeating: 128, count: 24 * 24 * 3))
    for label in [1, 4] {
      let picture = try make(label, seed: 7)
      // The weights of the small network are random, so that no picture is surely a class.
      let (before, after) = (try probability(grey, label), try probability(picture, label))
      #expect(after > 1.5 * before, "\(before), \(after)")
      #expect(try make(label, seed: 7) == picture)
      #expect(try make(label, seed: 8) != picture)
    }
  }

  @Test("with no steps left a photo stays as it is, apart from pure black and white")
  func photo() throws {
    let network = try SmallNetwork()
    var options = ActivationMaximization.Options()
    options.steps = 0
    let photo = image(24)
    let made = try ActivationMaximization(
      network.parameters, preprocessing: try preprocessing(.rgb), target: .layer("third"),
      pool: pool
    ).picture(side: 24, from: photo, options)
    #expect(zip(made.pixels, photo.pixels).allSatisfy { abs(Int($0) - Int($1)) <= 3 })
  }

  // MARK: - Preprocessing as a linear map

  @Test(
    "the weights of preprocessing give its pixels apart from rounding",
    arguments: [true, false])
  func weights(antialias: Bool) throws {
    let preprocessing = try Preprocessing(
      steps: [
        .resizeShortSide(size: 13, antialias: antialias), .centerCrop(width: 17, height: 11),
        .squash(width: 40, height: 31, antialias: antialias),
      ], channels: .rgb, mean: [0, 0, 0], scale: [1, 1, 1])
    let image = image(30)
    let size = PixelSize(width: 30, height: 30)
    let expected = try preprocessing.pixels(from: DecodedImage(image: image, fullSize: size))
    let weights = try preprocessing.weights(for: size)
    let map = SeparableMap(columns: weights.columns, rows: weights.rows)
    let found = map.map(image.pixels.map(Float.init))
    #expect(map.width == 40 && map.height == 31)
    // Two resizes along two axes, each of which rounds.
    #expect(zip(found, expected.pixels).allSatisfy { abs($0 - Float($1)) <= 2 })
    // The transpose: the product with any picture is the same on both sides.
    let other = SeededParameters.values(tensor: 5, count: found.count, scale: 1)
    let left = zip(found, other).reduce(0.0) { $0 + Double($1.0) * Double($1.1) }
    let right = zip(map.transposed(other), image.pixels)
      .reduce(0.0) { $0 + Double($1.0) * Double($1.1) }
    #expect(abs(left - right) < 1e-4 * abs(left) + 0.1)
  }

  @Test("steps that make a picture very long are refused before anything is computed")
  func longPictures() throws {
    let preprocessing = try Preprocessing(
      steps: [
        .squash(width: 16384, height: 1, antialias: false),
        .resizeShortSide(size: 16384, antialias: false), .centerCrop(width: 19, height: 19),
      ], channels: .rgb, mean: [0, 0, 0], scale: [1, 1, 1])
    #expect(throws: PreprocessingError.self) {
      try preprocessing.weights(for: PixelSize(width: 30, height: 30))
    }
  }
}
