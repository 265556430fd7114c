import Classification
import Images
import ModelLibrary
import Network
import Preprocessing
import System
import Threads
import Training

/// Runs a model over training photos, a few at a time, each prepared as classification does.
struct PhotoRun {
  let model: Model
  let reader: PhotoReader
  let pool: WorkerPool
  /// How many photos run together.
  let batch: Int

  struct Answer {
    /// The photo as the network sees it.
    let picture: RGBImage
    /// Of each class.
    let probabilities: [Float]
  }

  /// - Parameters:
  ///   - plan: the model, ready to run.
  ///   - onBatch: called with the number of photos since the last call.
  ///   - body: called for each photo, those of a batch that cannot be read first.
  /// - Returns: false where `stop` was raised before the end.
  @discardableResult
  func run(
    _ photos: [Photo], plan: Plan, stop: StopFlag = StopFlag(), onBatch: (Int) -> Void = { _ in },
    body: (Photo, Result<Answer, ItemFailure>) -> Void
  ) -> Bool {
    let pass = NetworkPass(
      Workspace(for: plan, batch: batch, pool: pool), model.preprocessing, Workspace.probabilities)
    let reader = reader
    for first in stride(from: 0, to: photos.count, by: batch) {
      if stop.isRaised { return false }
      let part = Array(photos[first..<min(first + batch, photos.count)])
      let pictures = pool.map(part.count) { index in
        Result { () throws(ItemFailure) in try reader.exactPicture(of: part[index]) }
      }
      var read: [(photo: Photo, picture: RGBImage)] = []
      for (photo, result) in zip(part, pictures) {
        switch result {
        case .success(let picture):
          pass.write(picture, to: read.count)
          read.append((photo, picture))
        case .failure(let failure):
          body(photo, .failure(failure))
        }
      }
      pass.forward(count: read.count)
      for (index, (photo, picture)) in read.enumerated() {
        let answer = Answer(picture: picture, probabilities: pass.values(index))
        body(photo, .success(answer))
      }
      onBatch(part.count)
    }
    return true
  }
}
