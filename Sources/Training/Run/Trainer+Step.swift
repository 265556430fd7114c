import Architecture
import Classification
import Images
import Kernels
import Preprocessing
import System
import Threads

/// One step of training.
extension Trainer {
  /// One step of gradient descent.
  ///
  /// - Parameter next: the photos of the step that comes next.
  /// - Returns: false where it must not be taken, since something is NaN or infinite, or since the
  ///   loss exploded. The network is then as before.
  func step(
    _ indices: [Int], next: [Int], _ network: TrainingNetwork, _ features: Features?, rate: Double
  ) -> Bool {
    let used = writeInputs(indices, next: next, network, features)
    guard !used.isEmpty else { return true }
    let classes = used.map { training.photos[$0].photo.classIndex }
    let targets = targets(of: used, classes)
    var random = RandomStream(
      seed: settings.seed, .dropout, UInt64(position.epochsDone), UInt64(position.step))
    let logits = network.forward(images: used.count, dropoutSeed: random.next())
    let loss = network.losses(targets, images: used.count).reduce(0, +)
    guard loss.isFinite, loss < largestLoss(of: used, targets) else { return false }
    network.backward(images: used.count)
    var descent = DescentStep(
      rate: Float(rate), momentum: Float(settings.momentum),
      weightDecay: Float(settings.weightDecay))
    let norm = network.gradientNorm(images: used.count)
    guard norm.isFinite else {
      network.clearGradients()
      return false
    }
    if let clip = settings.clipNorm, norm > clip { descent.gradientScale = Float(clip / norm) }
    position.lossSum += loss * Double(used.count)
    position.images += used.count
    let answers = TrainingNetwork.answers(logits, images: used.count)
    position.correct += zip(answers, classes).count { $0 == $1 }
    if let decay = settings.averageDecay {
      position.averagedSteps += 1
      // A short training has few steps, so that the average begins with a small decay, as that of
      // TensorFlow's ExponentialMovingAverage with `num_updates`.
      let steps = Double(position.averagedSteps)
      descent.averageShare = Float(1 - min(decay, (1 + steps) / (10 + steps)))
    }
    network.descend(descent, images: used.count)
    return true
  }

  /// The largest loss of a step that is taken: ten times that of a network that knows nothing, or
  /// of the best one where that is larger, with the weights of these images. The loss of a few
  /// images varies more than that of many.
  private func largestLoss(of indices: [Int], _ targets: BatchTargets) -> Double {
    let count = Double(indices.count)
    let weights = targets.labelWeights.reduce(0, +) + targets.probabilityWeights.reduce(0, +)
    let ignorant = log(Double(max(2, start.architecture.classCount)))
    return 10 * max(ignorant, position.bestLoss) * max(1, Double(weights) / count)
      * max(1, (32 / count).squareRoot())
  }

  func targets(of indices: [Int], _ classes: [Int]) -> BatchTargets {
    var targets = BatchTargets(labels: classes)
    targets.labelSmoothing = Float(settings.labelSmoothing)
    targets.labelWeights = classes.map { classWeights[$0] }
    guard let teacher else { return targets }
    let matrix = Matrix(rows: indices.count, columns: start.architecture.classCount)
    let temperature = settings.teacherTemperature
    targets.temperature = Float(temperature)
    targets.probabilityWeights = Array(repeating: 0, count: indices.count)
    for (row, index) in indices.enumerated() {
      let path = training.photos[index].photo.path
      guard let values = teacher.probabilities(of: path, temperature: temperature) else { continue }
      matrix.setValues(values, row: row)
      let weight = targets.labelWeights[row]
      let share = training.photos[index].photo.isPredicted ? 1 : settings.teacherWeight
      // Gradients of softened probabilities are smaller by the square of the temperature (Hinton,
      // Vinyals and Dean, "Distilling the knowledge in a neural network", 2015, section 2.1).
      targets.probabilityWeights[row] =
        weight * Float(share * temperature * temperature)
      targets.labelWeights[row] = weight * Float(1 - share)
    }
    targets.probabilities = matrix
    return targets
  }

  /// Writes the inputs of a step, and begins with those of the next one.
  ///
  /// - Returns: the photos that could be read.
  private func writeInputs(
    _ indices: [Int], next: [Int], _ network: TrainingNetwork, _ features: Features?
  ) -> [Int] {
    if let features { return writeTraining(indices, next: next, of: features, network) }
    func view(_ index: Int) -> PhotoView { PhotoView(image: index, number: position.epochsDone) }
    let pictures = augmentedPictures(
      indices.map(view), next: next.map(view), size: position.size)
    return write(pictures, indices, network)
  }

  /// The pictures of views, and begins with those that are wanted next.
  func augmentedPictures(
    _ views: [PhotoView], next: [PhotoView], size: Int
  ) -> [PictureResult] {
    let pictures = picturesAhead.pictures(
      PictureRequest(views: views, size: size),
      next: next.isEmpty ? nil : PictureRequest(views: next, size: size))
    report(pictures, views.map(\.image), training)
    return pictures
  }

  /// Writes pictures as the inputs of the next step or validation.
  ///
  /// - Returns: the photos that could be read.
  func write(
    _ pictures: [PictureResult], _ indices: [Int], _ network: TrainingNetwork
  ) -> [Int] {
    var used: [Int] = []
    for (index, result) in zip(indices, pictures) {
      guard case .success(let image) = result else { continue }
      network.trunk?.withInput(used.count) { input in
        start.preprocessing.normalize(image, into: &input)
      }
      used.append(index)
    }
    return used
  }

  func report(
    _ pictures: [PictureResult], _ indices: [Int], _ photos: TrainingPhotos
  ) {
    for (index, result) in zip(indices, pictures) {
      guard case .failure(let failure) = result else { continue }
      let path = photos.photos[index].photo.path.repaired
      if lost.insert(path).inserted {
        onEvent(.unreadable(path: path, reason: failure.message))
      }
    }
  }
}

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif
