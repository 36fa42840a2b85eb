package io.thalweg.runtime;

import com.google.protobuf.ByteString;
import com.google.protobuf.Message;
import io.thalweg.contract.Sealed;
import io.thalweg.runtime.keys.KeyRing;
import io.thalweg.state.StateView;
import io.thalweg.state.Table;
import java.util.Iterator;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** A scan over a frozen view, run by a reader thread once everything in the view is durable. */
final class Scan implements Runnable, ScanContext {
  private final Call call;
  private final ServiceInstance instance;
  private final StateView view;
  private final long logTimeUs;
  private final Partition partition;
  private final int lineage;
  private final Poisons poisons;
  private final KeyRing keys;
  private final LongSupplier nanoTime;

  Scan(
      Call call,
      ServiceInstance instance,
      StateView view,
      long logTimeUs,
      Partition partition,
      int lineage,
      Poisons poisons,
      KeyRing keys,
      LongSupplier nanoTime) {
    this.call = call;
    this.instance = instance;
    this.view = view;
    this.logTimeUs = logTimeUs;
    this.partition = partition;
    this.lineage = lineage;
    this.poisons = poisons;
    this.keys = keys;
    this.nanoTime = nanoTime;
  }

  @Override
  public void run() {
    if (call.isExpired(nanoTime.getAsLong())) {
      partition.metrics().expired.increment();
      refuse(Call.expired());
      return;
    }
    try (view) {
      Message reply = instance.scanOf(call.message().getClass()).handle(call.message(), this);
      call.handler().reply(reply, new Position(lineage, partition.id().index(), view.offset() - 1));
    } catch (Failure refusal) {
      partition.metrics().refusals.increment();
      call.handler().failure(refusal);
    } catch (Throwable e) {
      // Whatever it is, somebody waits for an answer.
      call.handler().failure(poisons.poisoned(call.what(), e, "nothing was read"));
      if (e instanceof VirtualMachineError && !(e instanceof StackOverflowError)) {
        throw e;
      }
    }
  }

  /** It will not run. */
  void refuse(Failure failure) {
    view.close();
    call.handler().failure(failure);
  }

  @Override
  public Caller caller() {
    return call.request().caller();
  }

  @Override
  public long offset() {
    return view.offset();
  }

  @Override
  public long logTimeUs() {
    return logTimeUs;
  }

  @Override
  public Optional<ByteString> unseal(Sealed sealed) {
    return KnownKeys.with(() -> keys.unseal(partition.id().service(), call.project(), sealed));
  }

  @Override
  public <K, V> Iterator<Table.Row<K, V>> scan(
      Table<K, V> table, @Nullable K from, @Nullable K to) {
    return view.scan(table, call.project(), call.slot(), from, to);
  }

  @Override
  public <K, V> Iterator<Table.Row<K, V>> scanAll(Table<K, V> table) {
    return view.scanAll(table, call.project());
  }
}
