public import System

/// Whether the consumer of records wants more of them.
public enum Flow: Sendable {
  case proceed
  case stop
}

/// The result of a run.
public struct RunSummary: Sendable, Equatable {
  /// Inputs that were taken up. At the end of a run that was not stopped, each has a record.
  public var inputs = 0
  /// Inputs that have an answer.
  public var answered = 0
  public var failed = 0
  /// How many inputs that the user named (as arguments or in a list) do not exist. They also count
  /// in `failed`.
  public var missingInputs = 0
  /// How many lists of inputs do not exist. They also count in `failed`.
  public var missingLists = 0
  /// How many directories the user named.
  public var directories = 0
  /// The files in directories and archives that were skipped: those without the name of an image,
  /// and links and sparse files in archives.
  public var passedOver = OtherFiles()
  /// The number of these files, sparse pictures not counted.
  public var otherFiles: Int { passedOver.count }
  /// The number of pictures that archives store as sparse files, which are skipped.
  public var sparseFiles: Int { passedOver.sparseCount }
  /// How many inputs belong to other shards.
  public var inputsOfOtherShards = 0
  /// How many inputs were skipped, since an earlier run has recorded them.
  public var recordedInputs = 0
  /// How many of these had failed.
  public var recordedFailures = 0
  /// Whether the consumer or the stop flag ended the run early.
  public var stopped = false
  /// The reason if no worker could be started; otherwise nil.
  public var fault: SystemError?

  public init() {}

  /// Whether each input has a record, unless the run was stopped. If not, the program has a fault.
  public var addsUp: Bool { stopped || answered + failed == inputs }

  /// Whether none of the inputs that the user named exists, or all of them were directories without
  /// images.
  public var foundNothing: Bool {
    answered == 0 && failed == missingInputs + missingLists && !stopped
      && inputsOfOtherShards == 0 && recordedInputs == 0
  }
}

extension Pipeline {
  /// Runs the network on all `inputs` and passes their records to `onRecord` in the order of the
  /// inputs.
  ///
  /// The memory that is used does not grow with the number of inputs. If the consumer is slow, the
  /// workers wait for it.
  ///
  /// - Parameters:
  ///   - stop: ends the run early when raised.
  ///   - onRecord: called on this thread, once for each input.
  public func run(
    _ inputs: InputSource, stop: StopFlag, onRecord: (InputRecord<Answer>) -> Flow
  ) -> RunSummary {
    Run(self, inputs, stop: stop).deliver(onRecord: onRecord)
  }
}
