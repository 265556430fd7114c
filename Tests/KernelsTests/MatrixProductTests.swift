import Kernels
import Testing
import Threads

@Suite(.alsoInGuardedMemory) struct MatrixProductTests {
  /// Sizes round those of tiles, panels and parts of the depth.
  static let sizes: [(rows: Int, columns: Int, depth: Int)] = [
    (1, 1, 1), (3, 5, 7), (14, 32, 256), (15, 33, 257), (13, 31, 255), (1, 70, 513), (71, 1, 19),
    (4, 8, 4), (100, 97, 60), (2, 3, 5000),
  ]

  @Test(
    "a product equals the naive one, whichever of its matrices are transposed",
    arguments: InstructionSet.available.map(\.name), sizes.indices)
  func equalsReference(isa: String, index: Int) throws {
    let kernels = try #require(InstructionSet(named: isa))
    for transposed in 0..<8 {
      check(
        Self.sizes[index], MatrixProduct(kernels: kernels), transposed: transposed, threads: 1,
        seed: index)
    }
  }

  @Test(
    "matrices larger than a block are multiplied block by block",
    arguments: InstructionSet.available.map(\.name), [1, 3])
  func blocks(isa: String, threads: Int) throws {
    let kernels = try #require(InstructionSet(named: isa))
    for blockValues in [1, 4096, 100_000] {
      let product = MatrixProduct(kernels: kernels, blockValues: blockValues)
      for transposed in [0, 1, 6] {
        check((97, 135, 700), product, transposed: transposed, threads: threads, seed: 3)
      }
    }
  }

  @Test("a product with a large depth is split over threads, and gives the same on any number")
  func largeDepth() {
    let size = (rows: 27, columns: 16, depth: 40_000)
    let outcomes = [1, 2, 5].map {
      check(size, MatrixProduct(), transposed: 1, threads: $0, seed: 8)
    }
    #expect(outcomes[0] == outcomes[1] && outcomes[0] == outcomes[2])
  }

  @Test("the gradients of a product are products with one matrix transposed")
  func gradients() {
    // C = A * B; the gradient of the sum of C * G, element by element, by A is G * B^T, by B A^T *
    // G.
    let (rows, columns, depth) = (6, 5, 9)
    var random = SeededValues(seed: 2)
    let a = random.floats(rows * depth)
    let b = random.floats(depth * columns)
    let g = random.floats(rows * columns)
    let product = MatrixProduct()
    let scratch = FloatBuffer(
      count: max(
        product.scratchCount(rows: rows, columns: depth, depth: columns),
        product.scratchCount(rows: depth, columns: columns, depth: rows)))
    let pool = WorkerPool(threads: 1)
    let gradientA = FloatBuffer(count: rows * depth)
    let gradientB = FloatBuffer(count: depth * columns)
    let viewA = MatrixView(FloatBuffer(a), rows: rows, columns: depth)
    let viewB = MatrixView(FloatBuffer(b), rows: depth, columns: columns)
    let viewG = MatrixView(FloatBuffer(g), rows: rows, columns: columns)
    product.run(
      viewG, viewB.transposed, into: MatrixView(gradientA, rows: rows, columns: depth),
      scratch: scratch, pool: pool)
    product.run(
      viewA.transposed, viewG, into: MatrixView(gradientB, rows: depth, columns: columns),
      scratch: scratch, pool: pool)
    func loss(_ a: [Float], _ b: [Float]) -> Double {
      let c = Reference.product(a, b, rows: rows, columns: columns, depth: depth)
      return zip(c, g).reduce(0) { $0 + Double($1.0) * Double($1.1) }
    }
    let step: Float = 1.0 / 16
    for index in [0, 17, a.count - 1] {
      var moved = a
      moved[index] += step
      let slope = (loss(moved, b) - loss(a, b)) / Double(step)
      #expect(abs(Float(slope) - gradientA.values(index..<index + 1)[0]) < 1e-4)
    }
    for index in [0, 23, b.count - 1] {
      var moved = b
      moved[index] += step
      let slope = (loss(a, moved) - loss(a, b)) / Double(step)
      #expect(abs(Float(slope) - gradientB.values(index..<index + 1)[0]) < 1e-4)
    }
  }

  /// Multiplies, then adds the product once more, and compares both results and everything round C.
  ///
  /// - Parameter transposed: one bit each for A, B and C: whether it lies in memory transposed.
  @discardableResult private func check(
    _ size: (rows: Int, columns: Int, depth: Int), _ product: MatrixProduct, transposed: Int,
    threads: Int, seed: Int
  ) -> [Float] {
    var random = SeededValues(seed: UInt64(seed))
    let (rows, columns, depth) = size
    let a = random.floats(rows * depth)
    let b = random.floats(depth * columns)
    let scratch = FloatBuffer(
      count: product.scratchCount(rows: rows, columns: columns, depth: depth))
    let viewA = place(a, rows: rows, columns: depth, transposed: transposed & 1 != 0).view
    let viewB = place(b, rows: depth, columns: columns, transposed: transposed & 2 != 0).view
    let c = place(
      random.floats(rows * columns), rows: rows, columns: columns, transposed: transposed & 4 != 0)
    let pool = WorkerPool(threads: threads)
    let expected = Reference.product(a, b, rows: rows, columns: columns, depth: depth)
    // A sum of random signs grows as the root of its length, and so does the number of unlucky
    // roundings: where a sum is long, their product counts.
    let longSumTolerance = Float(depth) * .ulpOfOne
    product.run(viewA, viewB, into: c.view, scratch: scratch, pool: pool)
    let all = c.buffer.values(0..<c.buffer.count)
    let found = c.places.map { all[$0] }
    #expect(
      largestDifference(found, expected) <= max(tolerance(terms: depth), longSumTolerance))
    let inside = Set(c.places)
    #expect(all.indices.allSatisfy { inside.contains($0) || all[$0] == Self.outside })
    return found
  }

  /// What the memory round a matrix holds.
  private static let outside: Float = 77

  /// Puts a matrix given row by row into a buffer, with other values before it, between its lines
  /// and behind it.
  private func place(
    _ values: [Float], rows: Int, columns: Int, transposed: Bool
  ) -> (view: MatrixView, buffer: FloatBuffer, places: [Int]) {
    let (lines, length) = transposed ? (columns, rows) : (rows, columns)
    let (start, stride) = (5, length + 3)
    var memory = [Float](repeating: Self.outside, count: start + lines * stride)
    var places: [Int] = []
    for index in values.indices {
      let (row, column) = index.quotientAndRemainder(dividingBy: columns)
      places.append(start + (transposed ? column * stride + row : row * stride + column))
      memory[places[index]] = values[index]
    }
    let buffer = FloatBuffer(memory)
    let view = MatrixView(buffer, start: start, rows: lines, columns: length, rowStride: stride)
    return (transposed ? view.transposed : view, buffer, places)
  }
}
