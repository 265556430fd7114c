import Kernels
import Testing
import Threads

@Suite(.alsoInGuardedMemory) struct LossAndDescentTests {
  @Test("the cross-entropy equals the plain one for labels, probabilities and their mixture")
  func crossEntropy() {
    var random = SeededValues(seed: 6)
    let (images, classes) = (5, 33)
    let (logits, gradient, soft) = (
      Matrix(rows: images, columns: classes), Matrix(rows: images, columns: classes),
      Matrix(rows: images, columns: classes)
    )
    let values = (0..<images).map { _ in random.floats(classes).map { $0 * 20 } }
    let probabilities = (0..<images).map { _ in softmax(random.floats(classes)) }
    let labels = (0..<images).map { $0 * 7 % classes }
    for image in 0..<images {
      logits.setValues(values[image], row: image)
      soft.setValues(probabilities[image], row: image)
    }
    let pool = WorkerPool(threads: 2)
    let hard = SoftmaxCrossEntropy(labelSmoothing: 0.1, weight: 0.25)
    let ofLabels = hard.run(
      logits: logits, targets: .labels(labels), gradient: gradient, images: images,
      imageWeights: [1, 2, 1, 1, 0.5], pool: pool)
    let taught = SoftmaxCrossEntropy(temperature: 2, weight: 0.75)
    let ofTeacher = taught.run(
      logits: logits, targets: .probabilities(soft), gradient: gradient, images: images,
      accumulates: true, pool: pool)
    for image in 0..<images {
      let first = Reference.softmaxCrossEntropy(
        values[image],
        targets: Reference.targets(label: labels[image], classes: classes, smoothing: 0.1))
      let second = Reference.softmaxCrossEntropy(
        values[image], targets: probabilities[image], temperature: 2)
      let weight: Float = 0.25 * [1, 2, 1, 1, 0.5][image]
      #expect(abs(Float(ofLabels[image]) - weight * first.loss) <= 40 * 4 * .ulpOfOne)
      #expect(abs(Float(ofTeacher[image]) - 0.75 * second.loss) <= 40 * 4 * .ulpOfOne)
      let expected = zip(first.gradient, second.gradient).map { weight * $0 + 0.75 * $1 }
      #expect(largestDifference(gradient.values(row: image), expected) <= 8 * .ulpOfOne)
    }
  }

  @Test("dropout keeps what its mask says, and draws the same mask with any number of threads")
  func dropout() {
    let dropout = Dropout(rate: 0.25)
    let (mask, other) = (Dropout.Mask(count: 3 * 10_000), Dropout.Mask(count: 3 * 10_000))
    dropout.draw(mask, seed: 7, pool: WorkerPool(threads: 1))
    dropout.draw(other, seed: 7, pool: WorkerPool(threads: 4))
    let kept = mask.values(0..<mask.count)
    #expect(kept == other.values(0..<other.count))
    // Five standard deviations of a share of 30 000.
    let share = Double(kept.count { $0 == 1 }) / 30_000
    #expect(abs(share - 0.75) < 0.0125)
    var random = SeededValues(seed: 8)
    let values = random.floats(10_000)
    let matrix = Matrix(rows: 3, columns: 10_000)
    for row in 0..<3 { matrix.setValues(values, row: row) }
    dropout.run(matrix, mask: mask, images: 2, pool: WorkerPool(threads: 2))
    for row in 0..<2 {
      let expected = Reference.dropout(
        values, kept: kept[row * 10_000..<(row + 1) * 10_000].map { $0 == 1 }, rate: 0.25)
      #expect(largestDifference(matrix.values(row: row), expected) <= 2 * .ulpOfOne)
    }
    #expect(matrix.values(row: 2) == values)
  }

  @Test("maps become rows in the order channels, rows, columns, and come back")
  func flattening() {
    var random = SeededValues(seed: 9)
    let pool = WorkerPool(threads: 2)
    let map = FeatureMap(images: 2, height: 3, width: 2, channels: 5, padding: 1)
    let pictures = (0..<2).map { _ in random.floats(30) }
    for (image, picture) in pictures.enumerated() { map.setChannelsFirst(picture, image: image) }
    let matrix = Matrix(rows: 2, columns: 30)
    matrix.setChannelsFirst(map, images: 2, pool: pool)
    #expect(matrix.values(row: 0) == pictures[0] && matrix.values(row: 1) == pictures[1])
    let back = FeatureMap(images: 2, height: 3, width: 2, channels: 5, padding: 2)
    matrix.writeChannelsFirst(to: back, images: 2, pool: pool)
    #expect(back.channelsFirst(image: 1) == pictures[1])
  }

  @Test(
    "a step of gradient descent equals the plain one, with and without zeros that stay or averages",
    arguments: InstructionSet.available.map(\.name), [false, true])
  func descent(isa: String, keepsZeros: Bool) throws {
    let kernels = try #require(InstructionSet(named: isa))
    var random = SeededValues(seed: 10)
    for count in [1, 17, 70_001] {
      var (weights, velocities) = (random.floats(count), random.floats(count))
      for index in stride(from: 0, to: count, by: 3) { weights[index] = 0 }
      let gradients = random.floats(count)
      var averages = random.floats(count)
      let foundAverages = FloatBuffer(averages)
      let (found, foundVelocities) = (FloatBuffer(weights), FloatBuffer(velocities))
      var step = DescentStep(rate: 0.5, momentum: 0.75, weightDecay: 0.25, gradientScale: 0.5)
      step.keepsZeros = keepsZeros
      step.averageShare = 0.125
      let zeros = weights.map { keepsZeros && $0 == 0 }
      step.run(
        weights: found, velocities: foundVelocities, gradients: FloatBuffer(gradients),
        averages: foundAverages, pool: WorkerPool(threads: 2), kernels: kernels)
      Reference.descend(
        &weights, velocities: &velocities, gradients: gradients.map { $0 / 2 }, rate: 0.5,
        momentum: 0.75, weightDecay: 0.25, keepsZeros: keepsZeros)
      #expect(largestDifference(found.values(0..<count), weights) <= 4 * .ulpOfOne)
      #expect(largestDifference(foundVelocities.values(0..<count), velocities) <= 4 * .ulpOfOne)
      for index in averages.indices {
        averages[index] += 0.125 * (weights[index] - averages[index])
        if zeros[index] { averages[index] = 0 }
      }
      #expect(largestDifference(foundAverages.values(0..<count), averages) <= 4 * .ulpOfOne)
    }
  }
}
