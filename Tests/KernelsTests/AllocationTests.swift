import AllocationCount
import Kernels
import Tensors
import Testing
import Threads

/// What layers allocate while they run, once a pass has given them their scratch memory.
@Suite(.enabled(if: allocations_are_counted() != 0, "only glibc lets allocations be counted"))
struct AllocationTests {
  /// The layers that run on maps, and the ones that run on vectors for one image and for several.
  static let layers = ["maps", "maps of bytes", "picture", "products"]
  static let vectorLayers = ["dense", "bfloat16", "int8", "sparse", "sparse int8"]

  @Test("operations on maps allocate nothing from their second time on", arguments: layers)
  func maps(name: String) throws {
    let pool = WorkerPool(threads: 1)
    let pass = try Self.pass(name, pool)
    pass()
    let before = allocation_count()
    pass()
    let allocations = allocation_count() - before
    #expect(allocations == 0)
  }

  @Test(
    "fully connected layers allocate nothing from their second time on", arguments: vectorLayers,
    [1, 5])
  func vectors(name: String, images: Int) throws {
    let pool = WorkerPool(threads: 1)
    let pass = try Self.vectorPass(name, images: images, pool)
    pass()
    let before = allocation_count()
    pass()
    let allocations = allocation_count() - before
    #expect(allocations == 0)
  }

  @Test("with several threads, no operation allocates more than what hands it to them")
  func threads() throws {
    let pool = WorkerPool(threads: 3)
    let passes =
      try Self.layers.map { try Self.pass($0, pool) }
      + Self.vectorLayers.map { try Self.vectorPass($0, images: 5, pool) }
    for pass in passes {
      // A pass takes new scratch memory where more threads than before need some at the same time.
      let bytes = (0..<8).map { _ in
        let before = allocation_bytes()
        pass()
        return allocation_bytes() - before
      }
      // Scratch memory comes in pages.
      #expect(bytes.suffix(4).min() ?? 0 < 4096)
    }
  }

  private static func pass(_ name: String, _ pool: WorkerPool) throws -> () -> Void {
    var random = SeededValues(seed: 1)
    let geometry = Convolution.Geometry(
      inputChannels: 32, filters: 48, kernel: 3, stride: 1, padding: 1, groups: 1)
    let weights = random.floats(geometry.weightDimensions.reduce(1, *))
    let bias = random.floats(48)
    switch name {
    case "maps":
      let input = FeatureMap(images: 2, height: 13, width: 40, channels: 32, padding: 1)
      let output = FeatureMap(images: 2, height: 13, width: 40, channels: 48)
      let pooled = FeatureMap(images: 2, height: 6, width: 19, channels: 48)
      let convolution = Convolution(geometry, weights: weights, bias: bias, relu: true)
      let winograd = WinogradConvolution(geometry, weights: weights, bias: bias, relu: true)
      let scratch = FloatBuffer(count: winograd.scratchCount)
      return {
        convolution.run(input, output, images: 2, pool: pool)
        winograd.run(input, output, images: 2, scratch: scratch, pool: pool)
        LocalResponseNormalization().run(output, output, images: 2, pool: pool)
        LocalResponseNormalization(size: 301).run(output, output, images: 2, pool: pool)
        MaxPooling(kernel: 3, stride: 2).run(output, pooled, images: 2, pool: pool)
      }
    case "maps of bytes":
      let input = ByteMap(images: 2, height: 13, width: 40, channels: 32, padding: 1)
      let output = ByteMap(images: 2, height: 13, width: 40, channels: 48)
      let pooled = ByteMap(images: 2, height: 6, width: 19, channels: 48)
      let quantized = QuantizedWeights(weights, outputs: 48)
      let convolution = QuantizedConvolution(
        geometry, weights: quantized, bias: bias, inputScale: 1, outputScale: 1)
      let winograd = QuantizedWinogradConvolution(
        geometry, weights: quantized, bias: bias, inputScale: 1, outputScale: 1,
        points: WinogradPoints(geometry, range: 255))
      let scratch = Buffer<UInt8>(
        count: winograd.scratchCount(outputHeight: 13, outputWidth: 40))
      return {
        convolution.run(input, output, images: 2, pool: pool)
        winograd.run(input, output, images: 2, scratch: scratch, pool: pool)
        LocalResponseNormalization().run(
          output, output, inputScale: 1, outputScale: 1, images: 2, pool: pool)
        MaxPooling(kernel: 3, stride: 2).run(output, pooled, images: 2, pool: pool)
      }
    case "picture":
      let map = FeatureMap(images: 2, height: 40, width: 40, channels: 3, padding: 2)
      return { map.image(1).withMutablePicture { $0[7] = 1 } }
    default:
      let a = MatrixView(FloatBuffer(random.floats(40 * 600)), rows: 40, columns: 600)
      let c = MatrixView(FloatBuffer(count: 1600), rows: 40, columns: 40)
      let product = MatrixProduct()
      let scratch = FloatBuffer(count: product.scratchCount(rows: 40, columns: 40, depth: 600))
      return { product.run(a, a.transposed, into: c, scratch: scratch, pool: pool) }
    }
  }

  private static func vectorPass(
    _ name: String, images: Int, _ pool: WorkerPool
  ) throws -> () -> Void {
    var random = SeededValues(seed: 2)
    let (inputs, outputs) = (1024, 70)
    let input = FeatureVectors(images: images, length: inputs)
    let output = FeatureVectors(images: images, length: outputs)
    let bias = random.floats(outputs)
    let weights = random.floats(inputs * outputs)
    let tensor = try Tensor(weights, shape: [outputs, inputs])
    let matrix = try random.sparseMatrix(rows: outputs, columns: inputs)
    for image in 0..<images { input.setValues(random.floats(inputs).map(abs), image: image) }
    switch name {
    case "dense":
      let layer = try FullyConnected(weights: tensor, bias: bias, relu: true)
      return { layer.run(input, output, images: images, pool: pool) }
    case "bfloat16":
      let layer = try BFloat16FullyConnected(weights: tensor, bias: bias, relu: true)
      return { layer.run(input, output, images: images, pool: pool) }
    case "int8":
      let quantized = QuantizedWeights(weights, outputs: outputs)
      let layer = QuantizedFullyConnected(
        weights: try Tensor(int8: quantized.values, shape: [outputs, inputs]),
        scales: quantized.scales, bias: bias, inputScale: 1 / 255, relu: true)
      return { layer.run(input, output, images: images, pool: pool) }
    case "sparse":
      let layer = SparseFullyConnected(matrix, bias: bias, relu: true)
      return { layer.run(input, output, images: images, pool: pool) }
    default:
      let layer = QuantizedSparseFullyConnected(
        matrix, bias: bias, inputScale: 1 / 255, relu: true)
      return { layer.run(input, output, images: images, pool: pool) }
    }
  }
}
