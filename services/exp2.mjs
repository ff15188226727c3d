import { DuckDBInstance, LIST, VARCHAR } from "@duckdb/node-api";
import { randomBytes } from "node:crypto";
import { execSync } from "node:child_process";
import { writeFileSync, rmSync, statSync, existsSync, readdirSync, readlinkSync } from "node:fs";
const dir="/tmp/b5/svc/tfs";
try{execSync(`umount ${dir}`,{stdio:"ignore"})}catch{}
execSync(`mount -t tmpfs -o size=${process.argv[2]} tmpfs ${dir}`);
const f=dir+"/e.duckdb";
const sz=()=>readdirSync(dir).map(n=>n+":"+statSync(dir+"/"+n).size).join(" ");
const fds=()=>readdirSync("/proc/self/fd").map(n=>{try{return readlinkSync("/proc/self/fd/"+n)}catch{return ""}}).filter(x=>x.startsWith(dir));
const msg=e=>String(e.message).split("\n")[0].slice(0,260);
let inst,c,p;
async function open(){ inst=await DuckDBInstance.create(f,{checkpoint_threshold:"1TB"}); c=await inst.connect(); await c.run("create table if not exists t (e varchar, ts timestamptz default now())"); p=await c.prepare("insert into t(e) select unnest($1::VARCHAR[])"); }
function close(){ p.destroySync(); c.closeSync(); inst.closeSync(); }
await open();
let serial=0; const confirmed=new Set();
async function put(k){const es=Array.from({length:k},()=>"e"+(serial++)+randomBytes(40).toString("base64")); p.bindList(1,es,LIST(VARCHAR)); await p.run(); for(const e of es) confirmed.add(e);}
async function verify(label){ try{const r=await inst.connect(); const rows=(await r.runAndReadAll("select e,count(*) from t group by e")).getRows(); r.closeSync(); const m=new Map(rows); let lost=0,dbl=0,extra=0; for(const e of confirmed) if(!m.has(e)) lost++; for(const [e,k] of m){ if(k>1n) dbl++; if(!confirmed.has(e)) extra++;} console.log(label,"rows",m.size,"confirmed",confirmed.size,"lost",lost,"double",dbl,"extra",extra,sz());}catch(e){console.log(label,"read failed:",msg(e),sz());}}
const tryPut=async l=>{try{await put(200);console.log(l,"wrote");}catch(e){console.log(l,"fail",msg(e),sz());}};
// fill until wal fails
const pre=Number(process.argv[3]); for(let i=0;i<pre;i++) await put(200);
const r=await inst.connect(); await r.run("begin"); await r.runAndReadAll("select count(*) from t");
try{ const t=performance.now(); await c.run("CHECKPOINT"); console.log("checkpoint ok (reader active)",performance.now()-t,sz()); }catch(e){console.log("checkpoint failed",msg(e),sz());}
r.closeSync();
await tryPut("after"); await verify("after");
console.log("fds", fds());
try{close();console.log("closed",sz(),fds());}catch(e){console.log("close failed",msg(e));}
try { const t=performance.now(); await open(); console.log("open while full", performance.now()-t); await verify("reopened while full"); for(let i=0;i<3000;i++) await put(200); } catch(e){console.log(msg(e), sz());}
await verify("full again");
try { await c.run("CHECKPOINT"); console.log("ck ok"); } catch(e){console.log("ck", msg(e), sz());}
try{close();console.log("closed while full",sz(),fds());}catch(e){console.log("close failed",msg(e));}
try { await open(); await verify("opened"); close(); console.log("clean close while full", sz(), fds()); await open(); await verify("reopened"); } catch(e){console.log(msg(e), sz());}
execSync(`mount -o remount,size=164m ${dir}`);
await tryPut("space"); try { await c.run("CHECKPOINT"); console.log("ck ok", sz()); } catch(e){console.log("ck", msg(e), sz());}
await verify("end"); close(); console.log(sz());await open(); await verify("end2");
