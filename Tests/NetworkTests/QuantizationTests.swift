import Architecture
import Kernels
import Network
import Testing
import Threads

@Suite struct QuantizationTests {
  /// A padded convolution over the pixels, and one that Winograd's filtering supports.
  private static let small = Architecture(
    name: "small", inputSize: 16,
    layers: [
      .convolution("conv1", 16, kernel: 5, stride: 2, padding: 2),
      .normalization("norm1"),
      .convolution("conv2", 16, kernel: 3, padding: 1),
      .maxPooling("pool1", kernel: 2),
      .fullyConnected("fc3", 8),
      .fullyConnected("fc4", 5, relu: false),
    ])

  private static func calibration(_ architecture: Architecture = small) -> Calibration {
    Calibration(
      inputMean: [124, 117, 104], inputScale: [1, 1, 1],
      ranges: Dictionary(
        uniqueKeysWithValues: architecture.calibratedLayers.map { ($0, Float(800)) }))
  }

  /// The mean and the scale of Caffe's preprocessing and of torchvision's, and some that are less
  /// even.
  private static let pixelScales: [(mean: [Float], scale: [Float])] = [
    ([122.67891, 116.66877, 104.00699], [1, 1, 1]),
    ([123.675, 116.28, 103.53], [0.017124754, 0.017507004, 0.017429194]),
    ([0, 300, -45.25], [1 / 255, 3, 0.001]),
  ]

  @Test(
    "bytes give bit for bit what the same pixels give as floats", arguments: pixelScales.indices,
    [false, true])
  func bytes(index: Int, streaming: Bool) throws {
    let (mean, scale) = Self.pixelScales[index]
    var calibration = Self.calibration()
    (calibration.inputMean, calibration.inputScale) = (mean, scale)
    let quantization = try Quantization(calibration, for: Self.small)
    #expect(quantization.bytesArePixels(mean: mean, scale: scale))
    #expect(!quantization.bytesArePixels(mean: mean, scale: scale.map { $0 * 2 }))
    let plan = Plan(
      try SeededParameters.parameters(of: Self.small), precision: .int8(quantization))
    let batch = 3
    let (fromFloats, fromBytes) = (
      Workspace(for: plan, batch: batch, pool: WorkerPool(threads: 2), streaming: streaming),
      Workspace(for: plan, batch: batch, pool: WorkerPool(threads: 1), streaming: streaming)
    )
    // The second pass finds the memory as the first left it.
    for pass in 0..<2 {
      for image in 0..<batch {
        fromFloats.withInput(image) { picture in
          for index in picture.indices {
            let byte = Self.byte(index, image: image + pass)
            picture[index] = (Float(byte) - mean[index % 3]) * scale[index % 3]
          }
        }
        fromBytes.withByteInput(image) { picture in
          for index in picture.indices {
            picture[index] = Self.byte(index, image: image + pass)
          }
        }
      }
      fromFloats.forward(count: batch)
      fromBytes.forward(count: batch)
      for image in 0..<batch {
        #expect(fromFloats.logits(image) == fromBytes.logits(image))
      }
      #expect(fromBytes.logits(0) != fromBytes.logits(1))
    }
  }

  /// Every byte in every channel, in an order of its own for each image.
  private static func byte(_ index: Int, image: Int) -> UInt8 {
    UInt8(truncatingIfNeeded: index / 3 * (2 * image + 1) + 85 * (index % 3))
  }

  @Test("8 bits without a usable range for every layer are refused, naming the layers")
  func notCalibrated() throws {
    var calibration = Self.calibration(.alexnet)
    calibration.ranges["conv2"] = .infinity
    calibration.ranges["conv3"] = nil
    // One step would be 0.
    calibration.ranges["conv4"] = .leastNonzeroMagnitude
    calibration.ranges["fc6"] = .nan
    calibration.ranges["fc7"] = 0
    #expect(throws: NetworkError.notCalibrated(["conv2", "conv3", "conv4", "fc6", "fc7"])) {
      try Quantization(calibration, for: .alexnet)
    }
  }

  @Test(
    "pixels without a finite mean and a positive scale are refused",
    arguments: [
      ([Float.nan, 0, 0], [Float(1), 1, 1]), ([0, 0, 0], [1, 0, 1]), ([0, 0], [1, 1]),
    ])
  func pixels(mean: [Float], scale: [Float]) {
    var calibration = Self.calibration()
    (calibration.inputMean, calibration.inputScale) = (mean, scale)
    #expect(throws: NetworkError.self) { try Quantization(calibration, for: Self.small) }
  }

  @Test("measured points of another shape are refused, naming the layer")
  func points() throws {
    var calibration = Self.calibration()
    let points = WinogradPoints(
      ranges: Array(repeating: 1, count: 16 * 8), means: [0, 0, 0, 0, 0, 0, 0, 0])
    calibration.points["conv2"] = points
    #expect(
      throws: NetworkError.notQuantizable("conv2", reason: "its measured points have another shape")
    ) { try Quantization(calibration, for: Self.small) }
  }

  @Test("a network whose pixels no convolution reads is refused")
  func noConvolution() throws {
    for first in ["norm1", "fc3"] {
      var architecture = Self.small
      let start = try #require(architecture.layers.firstIndex { $0.name == first })
      architecture.layers.removeFirst(start)
      #expect(throws: NetworkError.self) {
        try Quantization(Self.calibration(architecture), for: architecture)
      }
    }
  }
}
